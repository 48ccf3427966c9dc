#include "fanout/backlog.hpp"

#include <algorithm>

namespace tickcast::fanout {
namespace {

// Entries of `latest` streams beyond one a symbol: about one flush's worth, so that what is newest is not much later.
constexpr std::size_t stretches_max = 128;

}  // namespace

// Bytes that are kept for what a client has asked for.
std::size_t backlog::asked(const entry& e) {
  const std::size_t levels = e.page ? e.page->bids.size() + e.page->asks.size() : 0;
  return e.ticks.bytes() + levels * sizeof(wire::level) + (e.missed ? e.missed->bytes() : 0);
}

void backlog::push(entry e) {
  if (counted(e)) count(e);
  if (ages(e) && !oldest_ns_) oldest_ns_ = e.queued_ns;
  asked_bytes_ += asked(e);
  stretches_ += e.stretched;
  entries_.push_back(std::move(e));
}

// Whether what comes at this time begins an entry of its own rather than growing the open one across a bar's edge.
bool backlog::cuts(const wire::merge& open, std::int64_t venue_ns) const {
  return stretches_ < stretches_max && open.ends_before(venue_ns, wire::bar_second_ns);
}

void backlog::add(const turn& t, const fragment& f, tally& counts, std::int64_t now_ns) {
  if (f.kind == fragment_kind::merge) return add_merged(t, f, counts);
  if (f.channel == wire::channel::book && absorbed(f, counts)) return;
  entry e;
  e.channel = f.channel;
  e.symbol = f.symbol;
  e.first = f.first;
  e.last = f.last;
  if (f.kind == fragment_kind::gap) {
    e.kind = kind::gap;
    e.why = f.why;
  } else {
    e.length = counted_length(f.parts[wire::index_of(encoding_)].length);
    e.queued_ns = now_ns;
    if (f.kind == fragment_kind::book) {
      e.kind = kind::change;
      e.tick.arrived_ns = f.arrived_ns;
      e.notes = t.payload(f, encoding_);
    } else {
      e.tick = t.tick(f);
      e.notes = t.notes(f);
    }
  }
  open_.erase(key_of(f.channel, f.symbol));  // what comes after this entry must not be merged into one before it
  push(std::move(e));
}

void backlog::add_asked(wire::channel c, wire::symbol_id s, wire::excerpt ticks, asked_for how) {
  entry e;
  e.kind = how == asked_for::snapshot ? kind::snapshot : kind::replay;
  e.channel = c;
  e.symbol = s;
  e.ticks = std::move(ticks);
  open_.erase(key_of(c, s));
  push(std::move(e));
}

// Counted as merged when it is, not when it is sent: a client that sleeps shows.
void backlog::add_merged(const turn& t, const fragment& f, tally& counts) {
  if (f.channel == wire::channel::book) return keep_place(f, counts);
  counter& merged = counts.merged[wire::index_of(f.channel)];
  const auto ticks = static_cast<std::int64_t>(f.last - f.first + 1);
  const stream_key key = key_of(f.channel, f.symbol);
  const auto merge_into = [&](wire::merge& m) {
    return f.kind == fragment_kind::merge ? m.add(*f.merged) : m.add(t.tick(f), t.notes(f));
  };
  const std::int64_t began_ns = f.kind == fragment_kind::merge ? f.merged->began_ns() : t.tick(f).venue_ns;
  const auto open = open_.find(key);
  const bool cut = open != open_.end() && cuts(*open->second->merged, began_ns);
  const std::uint32_t length = counted_length(f.parts[wire::index_of(encoding_)].length);
  if (open != open_.end() && !cut && merge_into(*open->second->merged)) {
    if (open->second->merged->event()) {
      end_open(*open->second, length);
      open_.erase(open);
    }
    return merged.add(wire::is_view(f.channel) ? 1 : ticks);
  }
  entry e;
  e.kind = kind::merge;
  e.stretched = cut;
  e.channel = f.channel;
  e.symbol = f.symbol;
  e.length = length;
  e.merged = std::make_unique<wire::merge>();
  merge_into(*e.merged);
  if (!wire::is_view(f.channel)) merged.add(ticks - 1);
  const bool grows = !e.merged->event();
  push(std::move(e));
  if (grows) open_[key] = &entries_.back();
}

// What waits for a stream has become the end of a bar, which counts as a message does.
void backlog::end_open(entry& e, std::uint32_t length) {
  e.length = length;
  count(e);
}

// Passes every entry through `change`, which pushes again what is to stay, in its order.
template <class Change>
void backlog::rebuild(Change change) {
  queue<entry> before;
  before.swap(entries_);
  forget_sums();
  for (entry& e : before) change(e);
  // Only the last entry of a stream may grow: whatever else comes behind a merge closes it.
  for (entry& e : entries_) {
    const stream_key key = key_of(e.channel, e.symbol);
    if (e.kind == kind::merge) {
      if (!e.merged->event()) open_[key] = &e;
    } else if (e.kind == kind::book || e.kind == kind::book_gap) {
      open_[key] = &e;
    } else {
      open_.erase(key);
    }
  }
}

void backlog::merge_queued(const chosen& which, tally& counts) {
  std::unordered_map<stream_key, std::size_t> last;  // the latest entry of a stream among those kept
  asked_behind behind{entries_};
  rebuild([&](entry& e) {
    const stream_key key = key_of(e.channel, e.symbol);
    const bool stays = behind.pass(e);
    if (e.kind == kind::tick && which(e.channel, e.symbol)) {
      const auto at = last.find(key);
      wire::merge* const before = at == last.end() ? nullptr : entries_[at->second].merged.get();
      e.stretched = before && cuts(*before, e.tick.venue_ns);
      if (before && !e.stretched && before->add(e.tick, e.notes)) {
        if (before->event()) end_open(entries_[at->second], e.length);
        return counts.merged[wire::index_of(e.channel)].add();
      }
      e.kind = kind::merge;
      e.merged = std::make_unique<wire::merge>();
      e.merged->add(e.tick, e.notes);
    }
    if (e.kind == kind::gap && place_kept(last, key)) return;
    if (e.kind == kind::change && !stays && which(e.channel, e.symbol)) {
      if (place_kept(last, key))
        return counts.merged[wire::index_of(e.channel)].add(static_cast<std::int64_t>(e.last - e.first + 1));
      e.kind = kind::book;
      e.notes = {};
    }
    last[key] = entries_.size();
    push(std::move(e));
  });
}

void backlog::drop_queued(const chosen& which, tally& counts) {
  std::unordered_map<stream_key, std::size_t> last;
  asked_behind behind{entries_};
  rebuild([&](entry& e) {
    const stream_key key = key_of(e.channel, e.symbol);
    if (e.kind == kind::tick && which(e.channel, e.symbol)) {
      if (const auto at = last.find(key); at != last.end()) {
        entry& before = entries_[at->second];
        const bool follows = before.last + 1 == e.first || wire::is_view(e.channel);
        if (before.kind == kind::gap && before.why == wire::gap_why::slow_consumer && follows) {
          before.last = std::max(before.last, e.last);
          return;
        }
      }
      e.kind = kind::gap;
      e.why = wire::gap_why::slow_consumer;
      counts.gaps[static_cast<std::size_t>(e.why)].add();
    }
    if (e.kind == kind::gap && place_kept(last, key)) return;
    if (const bool stays = behind.pass(e); e.kind == kind::change && !stays && which(e.channel, e.symbol)) {
      if (place_kept(last, key)) return;
      e.kind = kind::book_gap;
      e.notes = {};
      counts.gaps[static_cast<std::size_t>(wire::gap_why::slow_consumer)].add();
    }
    last[key] = entries_.size();
    push(std::move(e));
  });
}

void backlog::forget(const chosen& which) {
  rebuild([&](entry& e) {
    if (!which(e.channel, e.symbol)) push(std::move(e));
  });
}

void backlog::clear() {
  entries_.clear();
  forget_sums();
}

void backlog::forget_sums() {
  open_.clear();
  bytes_ = messages_ = asked_bytes_ = stretches_ = 0;
  oldest_ns_ = 0;
}

void backlog::find_oldest() {
  oldest_ns_ = 0;
  for (const entry& e : entries_)
    if (ages(e)) {
      oldest_ns_ = e.queued_ns;
      return;
    }
}

// As many of its ticks as fit; it goes when the last one has.
void backlog::pop_asked(entry& e, batch& to, std::string_view name) {
  asked_bytes_ -= e.ticks.bytes();
  wire::notes strings;
  for (; !e.ticks.empty() && !to.full(); e.ticks.pop_front()) {
    const wire::tick& t = e.ticks.front(strings);
    if (!to.fits(grown_max + 6 * strings.bytes().size())) break;  // as long as escapes can make them
    wire::encode(encoding_, to.open(), name, t, strings.bytes(), e.kind == kind::snapshot);
  }
  asked_bytes_ += e.ticks.bytes();
}

void backlog::pop(batch& to, const wire::symbol_table& symbols, sent& sum, shown_books& books) {
  bool oldest_left = false;
  while (!entries_.empty() && !to.full()) {
    entry& e = entries_.front();
    if (!to.fits(counted(e) ? e.length : e.kind == kind::nothing ? 0 : grown_max)) break;
    const std::string_view name = symbols.name(e.symbol);
    const std::size_t bytes = to.size(), messages = to.count();
    bool whole = true;
    switch (e.kind) {
      case kind::tick:
        wire::encode(encoding_, to.open(), name, e.tick, e.notes);
        sum.add_way(e.channel, e.tick.arrived_ns);
        break;
      case kind::merge:
        wire::encode(encoding_, to.open(), name, *e.merged);
        sum.add_way(e.channel, e.merged->arrived_ns());
        if (const auto open = open_.find(key_of(e.channel, e.symbol)); open != open_.end() && open->second == &e)
          open_.erase(open);
        break;
      case kind::gap:
        wire::encode_gap(encoding_, to.open(), name, e.symbol, e.channel, e.first, e.last, e.why);
        break;
      case kind::snapshot:
      case kind::replay: pop_asked(e, to, name); break;
      case kind::change:
        to.add(e.notes);
        sum.add_way(e.channel, e.tick.arrived_ns);
        break;
      case kind::book:
      case kind::book_gap:
        whole = pop_book(e, to, name, books);
        if (whole) sum.add_way(e.channel, e.tick.arrived_ns);
        break;
      case kind::page: whole = pop_page(e, to, name); break;
      case kind::book_replay: whole = pop_replay(e, to, name); break;
      case kind::nothing: break;
    }
    sum.add(e.channel, static_cast<std::int64_t>(to.count() - messages), static_cast<std::int64_t>(to.size() - bytes));
    if (!e.ticks.empty() || !whole) break;  // the batch is full
    if (e.page) asked_bytes_ -= asked(e);
    if (counted(e)) {
      bytes_ -= e.length;
      --messages_;
      oldest_left |= ages(e);
    }
    stretches_ -= e.stretched;
    entries_.pop_front();
  }
  if (oldest_left) find_oldest();
}

}  // namespace tickcast::fanout
