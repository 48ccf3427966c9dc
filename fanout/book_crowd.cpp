#include "fanout/book_crowd.hpp"

#include "fanout/replica.hpp"

namespace tickcast::fanout {

void book_crowd::join(outbox& who, subscription& s, wire::sequence last) {
  s.crowd = this;
  if (unused()) sent_ = last;
  s.fresh = sent_ != last;
  if (!s.fresh) {
    sit_down(seats_, {&who, &s});
    return seats_in_.came(who.encoding());
  }
  s.seat = static_cast<std::uint32_t>(fresh_.size());
  fresh_.push_back({{&who, &s}, last + 1});
}

void book_crowd::leave(subscription& s) {
  s.crowd = nullptr;
  if (!s.fresh) {
    seats_in_.went(seats_[s.seat].who->encoding());
    return stand_up(seats_, s.seat);
  }
  fresh_[s.seat] = fresh_.back();
  fresh_[s.seat].who.what->seat = s.seat;
  fresh_.pop_back();
}

void book_crowd::shown(outbox& who, subscription& s, wire::sequence last) {
  leave(s);
  join(who, s, last);
}

bool book_crowd::pending() const { return !every && view.visible > sent_; }

// Calls give(first, encodings, see) for each group that has been told the same, where see(visit) goes through its seats.
template <class Give>
void book_crowd::each_group(Give give) {
  if (!seats_.empty())
    give(sent_ + 1, seats_in_.in_use(), [&](auto visit) {
      for (const seat& s : seats_) visit(s);
    });
  for (std::size_t from = 0, to = 0; from < fresh_.size(); from = to) {
    wire::encoding_set in_use;
    for (to = from; to < fresh_.size() && fresh_[to].next == fresh_[from].next; ++to) in_use |= fresh_[to].who.who->encoding();
    give(fresh_[from].next, in_use, [&](auto visit) {
      for (std::size_t i = from; i < to; ++i) visit(fresh_[i].who);
    });
  }
  for (fresh_seat& f : fresh_) {
    f.who.what->fresh = false;
    sit_down(seats_, f.who);
    seats_in_.came(f.who.who->encoding());
  }
  fresh_.clear();
}

void book_crowd::give(turn& t, std::string_view symbol, wire::book_message& m, std::int64_t arrived) {
  const bool whole = m.snapshot;
  each_group([&](wire::sequence first, wire::encoding_set in_use, auto each) {
    if (first > m.last) return;  // it has seen it already
    m.first = first;
    m.snapshot = whole || first == 1;  // what changes nothing is all there is
    const fragment_index f = t.add_book(symbol, m, !every, arrived, in_use);
    each([&](const seat& s) { s.who->due(f, t); });
  });
  sent_ = m.last;
}

void book_crowd::send_oldest(turn& t, std::string_view symbol) {
  wire::book_message& m = view.of.show(view.depth);
  give(t, symbol, m, arrived_ns);
  arrived_ns = 0;
}

void book_crowd::give_anew(turn& t, std::string_view symbol, wire::book_message& m, tally& counts) {
  each_group([&](wire::sequence first, wire::encoding_set in_use, auto each) {
    if (first > m.last) return;
    if (first < m.last) {
      const fragment_index gap = t.add_gap(symbol, wire::channel::book, m.symbol, first, m.last - 1, wire::gap_why::overflow, in_use);
      each([&](const seat& s) {
        s.who->due(gap, t);
        counts.gaps[static_cast<std::size_t>(wire::gap_why::overflow)].add();
      });
    }
    m.first = m.last;
    const fragment_index f = t.add_book(symbol, m, false, 0, in_use);
    each([&](const seat& s) { s.who->due(f, t); });
  });
  sent_ = m.last;
}

}  // namespace tickcast::fanout
