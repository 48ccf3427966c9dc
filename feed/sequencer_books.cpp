// The sequencer's half that keeps books: an event becomes as many numbered ticks as it takes, and a journal's file begins
// with each book as it is.
#include "feed/sequencer.hpp"

namespace tickcast::feed {

order_book& sequencer::book_of(wire::symbol_id symbol) {
  const std::size_t at = index_of(symbol);
  if (at >= books_.size()) books_.resize(symbols_.size());
  if (!books_[at]) books_[at] = std::make_unique<order_book>();
  return *books_[at];
}

verdict sequencer::publish_book(wire::symbol_id symbol, const event& from, const arrival& at) {
  order_book& book = book_of(symbol);
  switch (book.change(from.levels, from.whole, steps_)) {
    case book_verdict::crossed: return verdict::crossed_book;
    case book_verdict::too_deep: return verdict::deep_book;
    case book_verdict::taken: break;
  }
  wire::book_packer pack;
  for (const wire::level_step& s : steps_) {
    if (pack.add(s)) continue;
    if (!pack.empty()) number_book(symbol, from, at, pack);
    if (pack.add(s)) continue;
    // What was there and what is there have no exponent in common: it goes, and comes anew.
    pack.add({{s.change.side, s.change.price, {}}, s.before});
    number_book(symbol, from, at, pack);
    pack.add({s.change, {}});
  }
  if (!pack.empty()) number_book(symbol, from, at, pack);
  return verdict::taken;
}

void sequencer::number_book(wire::symbol_id symbol, const event& from, const arrival& at, wire::book_packer& full) {
  wire::tick numbered;
  wire::notes strings;
  full.finish(numbered, strings, wire::book_part::change);
  stream& to = stream_of(symbol, wire::channel::book);
  numbered.symbol = symbol;
  numbered.n = to.last + 1;
  numbered.arrived_ns = at.mono_ns;
  numbered.venue_ns = from.stamped ? from.tick.venue_ns : at.unix_ns;
  book_of(symbol).stamp(numbered.venue_ns);
  if (journal_) journal_->append(numbered, strings, at.unix_ns);
  hand_out(to, numbered, strings);
}

// Of a state only what is newer than all that is known; behind a hole nothing of the book is known any more.
void sequencer::take_back_book(const wire::tick& t, const wire::notes& notes) {
  if (index_of(t.symbol) >= symbols_.size()) return;
  order_book& book = book_of(t.symbol);
  if (t.book.part == wire::book_part::more) {
    if (book.filling) book.take(t, notes.bytes());
    return;
  }
  stream* const to = stream_before(t);
  const bool whole = t.book.part == wire::book_part::whole;
  book.filling = to && whole;
  if (!to) return;
  if (whole || t.n != to->last + 1) book.forget();
  book.take(t, notes.bytes());
  to->last = t.n;
  if (whole) return to->kept.restart();
  wire::tick kept = t;
  kept.arrived_ns = 0;
  to->kept.push(kept, notes, budget_);
}

void sequencer::keep_book(wire::symbol_id symbol, wire::sequence last, std::vector<wire::record>& records) {
  if (last == 0) return;
  const order_book& book = book_of(symbol);
  wire::book_packer pack{wire::book_part::whole};
  wire::tick t;
  wire::notes strings;
  const auto keep = [&] {
    pack.finish(t, strings, wire::book_part::more);
    t.symbol = symbol;
    t.n = last;
    t.venue_ns = book.venue_ns();
    records.clear();
    if (!strings.empty()) strings.split(symbol, [&](const wire::note& n) { records.emplace_back(n); });
    records.emplace_back(t);
    journal_->keep(records);
  };
  for (wire::book_side s : wire::book_sides)
    for (std::size_t i = book.levels().count(s); i-- > 0;) {
      const wire::level& l = book.levels().at(s, i);
      const wire::level_step step{{s, l.price, l.size}, {}};
      if (pack.add(step)) continue;
      keep();
      pack.add(step);
    }
  if (!pack.empty() || book.levels().empty()) keep();
}

}  // namespace tickcast::feed
