#include "fanout/backlog.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::size_t grown_max = 512;  // bytes of a merge or a gap, whose length is not known before it is sent

}  // namespace

void backlog::push(entry e) {
  if (counted(e)) {
    bytes_ += e.length;
    ++messages_;
    if (!oldest_ns_) oldest_ns_ = e.queued_ns;
  }
  if (asked(e)) asked_bytes_ += e.length;
  entries_.push_back(std::move(e));
}

void backlog::add(const turn& t, const fragment& f, tally& counts, std::int64_t now_ns) {
  const stream_key key = key_of(f.channel, f.symbol);
  if (f.kind == fragment_kind::merge) return add_merged(t, f, counts);
  entry e;
  e.kind = f.kind;
  e.why = f.why;
  e.channel = f.channel;
  e.symbol = f.symbol;
  e.length = f.length;
  e.first = f.first;
  e.last = f.last;
  e.queued_ns = now_ns;
  if (f.kind != fragment_kind::gap) {
    e.tick = t.tick(f);
    e.notes = t.notes(f);
  }
  open_.erase(key);  // what comes after this entry must not be merged into one before it
  push(std::move(e));
}

// Counted as merged when it is, not when it is sent: a client that sleeps shows.
void backlog::add_merged(const turn& t, const fragment& f, tally& counts) {
  counter& merged = counts.merged[wire::index_of(f.channel)];
  const auto ticks = static_cast<std::int64_t>(f.last - f.first + 1);
  const stream_key key = key_of(f.channel, f.symbol);
  const auto merge_into = [&](wire::merge& m) {
    return f.kind == fragment_kind::merge ? m.add(*f.merged) : m.add(t.tick(f), t.notes(f));
  };
  if (const auto open = open_.find(key); open != open_.end() && merge_into(*open->second->merged))
    return merged.add(ticks);
  entry e;
  e.kind = fragment_kind::merge;
  e.channel = f.channel;
  e.symbol = f.symbol;
  e.merged = std::make_unique<wire::merge>();
  merge_into(*e.merged);
  merged.add(ticks - 1);
  push(std::move(e));
  open_[key] = &entries_.back();
}

// Passes every entry through `change`, which pushes again what is to stay, in its order.
template <class Change>
void backlog::rebuild(Change change) {
  std::deque<entry> before;
  before.swap(entries_);
  open_.clear();
  bytes_ = messages_ = asked_bytes_ = 0;
  oldest_ns_ = 0;
  for (entry& e : before) change(e);
  // Only the last entry of a stream may grow: whatever else comes behind a merge closes it.
  for (entry& e : entries_) {
    const stream_key key = key_of(e.channel, e.symbol);
    if (e.kind == fragment_kind::merge) {
      open_[key] = &e;
    } else {
      open_.erase(key);
    }
  }
}

void backlog::merge_queued(const chosen& which, tally& counts) {
  std::unordered_map<stream_key, std::size_t> last;  // the latest entry of a stream among those kept
  rebuild([&](entry& e) {
    const stream_key key = key_of(e.channel, e.symbol);
    if (e.kind == fragment_kind::tick && which(e.channel, e.symbol)) {
      if (const auto at = last.find(key); at != last.end() && entries_[at->second].kind == fragment_kind::merge &&
                                          entries_[at->second].merged->add(e.tick, e.notes))
        return counts.merged[wire::index_of(e.channel)].add();
      e.kind = fragment_kind::merge;
      e.merged = std::make_unique<wire::merge>();
      e.merged->add(e.tick, e.notes);
    }
    last[key] = entries_.size();
    push(std::move(e));
  });
}

void backlog::drop_queued(const chosen& which, tally& counts) {
  std::unordered_map<stream_key, std::size_t> last;
  rebuild([&](entry& e) {
    const stream_key key = key_of(e.channel, e.symbol);
    if (e.kind == fragment_kind::tick && which(e.channel, e.symbol)) {
      if (const auto at = last.find(key); at != last.end()) {
        entry& before = entries_[at->second];
        if (before.kind == fragment_kind::gap && before.why == wire::gap_why::slow_consumer &&
            before.last + 1 == e.first) {
          before.last = e.last;
          return;
        }
      }
      e.kind = fragment_kind::gap;
      e.why = wire::gap_why::slow_consumer;
      counts.gaps[static_cast<std::size_t>(e.why)].add();
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
  open_.clear();
  bytes_ = messages_ = asked_bytes_ = 0;
  oldest_ns_ = 0;
}

void backlog::find_oldest() {
  oldest_ns_ = 0;
  for (const entry& e : entries_)
    if (counted(e)) {
      oldest_ns_ = e.queued_ns;
      return;
    }
}

void backlog::pop(batch& to, const wire::symbol_table& symbols, tally& counts, taken& sum) {
  bool oldest_left = false;
  while (!entries_.empty() && !to.full()) {
    entry& e = entries_.front();
    if (!to.fits(e.kind == fragment_kind::merge || e.kind == fragment_kind::gap ? grown_max : e.length)) break;
    const std::string_view name = symbols.name(e.symbol);
    const std::size_t before = to.size();
    std::int64_t arrived = 0;
    switch (e.kind) {
      case fragment_kind::gap:
        wire::encode_json_gap(to.open(), name, e.channel, e.first, e.last, e.why);
        break;
      case fragment_kind::merge: {
        arrived = e.merged->arrived_ns();
        wire::encode_json(to.open(), name, *e.merged);
        const auto open = open_.find(key_of(e.channel, e.symbol));
        if (open != open_.end() && open->second == &e) open_.erase(open);
        break;
      }
      default:
        if (e.kind == fragment_kind::tick) arrived = e.tick.arrived_ns;
        wire::encode_json(to.open(), name, e.tick, e.notes, e.kind == fragment_kind::snapshot);
    }
    sum.add(e.channel, arrived);
    counts.messages_out[wire::index_of(e.channel)].add();
    counts.bytes_out[wire::index_of(e.channel)].add(static_cast<std::int64_t>(to.size() - before));
    if (counted(e)) {
      bytes_ -= e.length;
      --messages_;
      oldest_left = true;
    }
    if (asked(e)) asked_bytes_ -= e.length;
    entries_.pop_front();
  }
  if (oldest_left) find_oldest();
}

}  // namespace tickcast::fanout
