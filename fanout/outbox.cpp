#include "fanout/outbox.hpp"

#include <utility>

#include "fanout/topic.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

// Half of the bound is where `on_slow` sets in; the bound itself is where a session ends.
bool half_full(const backlog& b, const limits& l, std::int64_t now_ns) {
  return b.bytes() > l.backlog_bytes / 2 || (b.oldest_ns() && now_ns - b.oldest_ns() >= in_ns(l.backlog_age) / 2);
}

constexpr std::size_t drop_least = 16;

// The books of one client, as its subscriptions have them by now.
class own_books final : public shown_books {
 public:
  own_books(outbox& who, subscriptions& subscribed) : who_(who), subscribed_(subscribed) {}

  wire::book_message* look(wire::symbol_id s) override {
    subscription* const mine = find(s);
    return mine ? &mine->home->book->show(mine->how.depth) : nullptr;
  }
  void took(wire::symbol_id s, wire::sequence last) override {
    subscription* const mine = find(s);
    mine->crowd->shown(who_, *mine, last);
  }

 private:
  subscription* find(wire::symbol_id s) {
    const auto found = subscribed_.find(key_of(wire::channel::book, s));
    return found == subscribed_.end() ? nullptr : &found->second;
  }

  outbox& who_;
  subscriptions& subscribed_;
};

}  // namespace

bool outbox::wants(wire::slow_policy p, wire::channel c, wire::symbol_id s) const {
  const auto found = subscribed_.find(key_of(c, s));
  return found != subscribed_.end() && found->second.how.mode == wire::delivery_mode::every &&
         found->second.how.on_slow == p;
}

std::optional<eviction> outbox::overdue(const limits& l, std::int64_t now_ns) const {
  // Answers count too: a client that asks without reading would otherwise be queued for without bound. What it asked for
  // of the past does not: it is one answer at most (see session).
  if (queued_bytes() > l.backlog_bytes) return eviction::backlog_bytes;
  if (waiting_.oldest_ns() && now_ns - waiting_.oldest_ns() >= in_ns(l.backlog_age)) return eviction::backlog_age;
  return std::nullopt;
}

void outbox::offer(const fragment& f, commons& all, std::int64_t now_ns) {
  const bool merging = f.kind == fragment_kind::merge || f.kind == fragment_kind::whole_book ||
                       ((f.kind == fragment_kind::tick || f.kind == fragment_kind::book) && degraded_.test(wire::index_of(f.channel)) &&
                        wants(wire::slow_policy::latest, f.channel, f.symbol));
  merging ? waiting_.add_merged(all.turn, f, all.tally) : waiting_.add(all.turn, f, all.tally, now_ns);
}

// What `on_slow` asks for when half of the bound is reached.
verdict outbox::relieve(commons& all, std::int64_t now_ns) {
  relieved_ = std::min(relieved_, waiting_.messages());
  if (!half_full(waiting_, all.limits, now_ns)) return verdict::taken;
  const bool at_bound = overdue(all.limits, now_ns).has_value();
  verdict v = verdict::taken;
  bool dropped = false;
  for (wire::channel c : wire::all_channels) {
    if (has(wire::slow_policy::latest, c) && !degraded_.test(wire::index_of(c))) {
      degraded_.set(wire::index_of(c));
      all.tally.degraded[wire::index_of(c)].add();
      all.tally.degradations[wire::index_of(c)].add();
      wire::add_rate(control_, c, wire::delivery_mode::latest);
      said(all.turn);
      waiting_.merge_queued([&](wire::channel of, wire::symbol_id s) {
        return of == c && wants(wire::slow_policy::latest, of, s);
      }, all.tally);
      v = verdict::degraded;
    }
    // Going through the queue is only worth it when enough of it can be ours; at the bound itself, always.
    if (has(wire::slow_policy::gap, c) && (at_bound || waiting_.messages() >= relieved_ + drop_least)) {
      waiting_.drop_queued([&](wire::channel of, wire::symbol_id s) {
        return of == c && wants(wire::slow_policy::gap, of, s);
      }, all.tally);
      dropped = true;
      v = verdict::degraded;
    }
  }
  // What still waits as it came though its stream's options have changed since.
  if (at_bound)
    waiting_.merge_queued([&](wire::channel of, wire::symbol_id s) {
      const auto found = subscribed_.find(key_of(of, s));
      return found != subscribed_.end() && (found->second.how.mode == wire::delivery_mode::latest ||
                                            found->second.how.on_slow == wire::slow_policy::latest);
    }, all.tally);
  if (dropped) relieved_ = waiting_.messages() < drop_least ? 0 : waiting_.messages();
  return v;
}

void outbox::hold(std::size_t from, commons& all, std::int64_t now_ns) {
  for (; from < due_.size(); ++from) offer(all.turn.at(due_[from]), all, now_ns);
  due_.clear();
}

void outbox::ask(wire::channel c, wire::symbol_id s, wire::excerpt ticks, asked_for how, commons& all,
                 std::int64_t now_ns) {
  if (ticks.empty()) return;
  hold(0, all, now_ns);
  waiting_.add_asked(c, s, std::move(ticks), how);
  touch(all.turn);
}

void outbox::ask(wire::symbol_id s, std::shared_ptr<const wire::book_message> page, wire::sequence first, commons& all,
                 std::int64_t now_ns) {
  hold(0, all, now_ns);
  waiting_.add_page(s, std::move(page), first);
  touch(all.turn);
}

void outbox::ask(wire::symbol_id s, std::unique_ptr<book_replay> missed, commons& all, std::int64_t now_ns) {
  hold(0, all, now_ns);
  waiting_.add_replay(s, std::move(missed));
  touch(all.turn);
}

verdict outbox::press(commons& all, std::int64_t now_ns) {
  const verdict v = relieve(all, now_ns);
  show(all.tally);
  return overdue(all.limits, now_ns) ? verdict::evict : v;
}

std::size_t outbox::add_control(batch& to, std::size_t from) {
  for (; from < control_ends_.size() && !to.full(); ++from) {
    const std::size_t begin = from ? control_ends_[from - 1] : 0;
    if (!to.fits(control_ends_[from] - begin)) break;
    to.add(control_.view(begin, control_ends_[from] - begin));
  }
  return from;
}

void outbox::add_names(batch& to, const wire::symbol_table& symbols) {
  constexpr std::size_t longest = 96;
  for (; named_ < to_name_ && to.fits(longest); ++named_)
    wire::add_symbol(to.open(), symbols.name(wire::symbol_id{named_}), named_);
}

std::size_t outbox::add_due(batch& to, std::size_t from, const turn& t, sent& sum) const {
  for (; from < due_.size(); ++from) {
    const fragment& f = t.at(due_[from]);
    const std::string_view message = t.payload(f, encoding_);
    if (!to.fits(message.size())) break;
    to.add(message);
    sum.add(f.channel, 1, static_cast<std::int64_t>(message.size()));
    sum.add_way(f.channel, f.arrived_ns);
    if (f.merged) sum.add_merged(f.channel, static_cast<std::int64_t>(f.merged->count()) - 1);
    if (f.kind == fragment_kind::whole_book) sum.add_merged(f.channel, static_cast<std::int64_t>(f.last - f.first));
  }
  return from;
}

void outbox::send(batch& b, const sent& sum, transport& to, commons& all) {
  to.send(b);
  sent_ns_ = all.clock.mono_ns();
  sum.count(all.tally, b.encoding(), sent_ns_);
}

// The usual case: nothing waits, and all that is due fits one unit. False: it is another case.
bool outbox::flush_shared(transport& to, commons& all) {
  auto& s = all.shared[wire::index_of(encoding_)].at(due_);
  if (!s.is(due_, all.turn.number())) {
    s.sum = {};
    s.messages.begin(encoding_);
    s.whole = add_due(s.messages, 0, all.turn, s.sum) == due_.size();
    s.due.assign(due_.begin(), due_.end());
    s.turn = all.turn.number();
  }
  if (!s.whole) return false;
  due_.clear();
  send(s.messages, s.sum, to, all);
  return true;
}

// The queue is empty again: `latest` for slowness ends.
bool outbox::recover(commons& all) {
  bool any = false;
  for (wire::channel c : wire::all_channels)
    if (degraded_.test(wire::index_of(c))) {
      degraded_.reset(wire::index_of(c));
      all.tally.degraded[wire::index_of(c)].add(-1);
      wire::add_rate(control_, c, wire::delivery_mode::every);
      said(all.turn);
      any = true;
    }
  return any;
}

verdict outbox::flush(transport& to, commons& all, std::int64_t now_ns) {
  // What waits goes first, so what is new must stand behind it.
  if (to.blocked() || !waiting_.empty()) hold(0, all, now_ns);
  if (!due_.empty() && only_due() && !degraded() && flush_shared(to, all)) return verdict::taken;
  std::size_t said_to = 0, due_to = 0;
  own_books books{*this, subscribed_};
  while (!to.blocked()) {
    batch& b = all.batch;
    sent sum;
    // Control is JSON whatever the encoding, so beside SBE it has frames of its own, in front.
    b.begin(said_to < control_ends_.size() || named_ < to_name_ ? wire::encoding::json : encoding_);
    said_to = add_control(b, said_to);
    if (said_to == control_ends_.size()) add_names(b, all.symbols);
    if (said_to == control_ends_.size() && named_ == to_name_ && b.encoding() == encoding_) {
      if (!waiting_.empty()) waiting_.pop(b, all.symbols, sum, books);
      if (waiting_.empty()) due_to = add_due(b, due_to, all.turn, sum);
    }
    if (b.count() == 0) {
      if (!recover(all)) break;
      continue;
    }
    send(b, sum, to, all);
  }
  // What was said is gone; the rest moves to the front.
  if (said_to == control_ends_.size()) {
    // Few words in a session's life: it holds nothing in between.
    if (said_to > 0) control_ = wire::text{}, control_ends_ = std::vector<std::uint32_t>{};
  } else if (said_to > 0) {
    const std::uint32_t gone = control_ends_[said_to - 1];
    wire::text rest;
    rest.add(control_.view(gone, control_.size() - gone));
    control_ = std::move(rest);
    control_ends_.erase(control_ends_.begin(), control_ends_.begin() + static_cast<std::ptrdiff_t>(said_to));
    for (std::uint32_t& end : control_ends_) end -= gone;
  }
  hold(due_to, all, now_ns);
  if (!waiting_.empty() || control_.size() > 0) return press(all, now_ns);
  show(all.tally);
  return verdict::taken;
}

// What waits for it, in the shard's sums. A flush that sends all of a session for which nothing waited has nothing to show.
void outbox::show(tally& counts) {
  const auto bytes = static_cast<std::uint32_t>(queued_bytes());
  if (bytes != shown_bytes_) counts.backlog_bytes.add(std::int64_t{bytes} - std::exchange(shown_bytes_, bytes));
  const bool waits = !waiting_.empty() || control_.size() > 0;
  if (waits != shown_) counts.backlog_sessions.add(std::exchange(shown_, waits) ? -1 : 1);
}

void flush_touched(turn& t, std::int64_t now_ns) {
  auto& touched = t.touched();
  const auto later = [&](std::size_t i) { return i < touched.size() ? touched[i] : nullptr; };
  // First those for whom there is nothing but what is new. Who just subscribed, or has not taken what was sent before, needs
  // more time, and does not notice if it is a little later.
  for (const bool all : {false, true}) {
    for (std::size_t i = 0; i < touched.size(); ++i) {  // a flush may touch: the list grows while we go
      // With thousands of sessions what a flush needs is in no cache any more. The send in between is time enough.
      if (const outbox* next = later(i + 2)) next->fetch();
      if (const outbox* next = later(i + 1)) next->fetch_way();
      outbox* const o = touched[i];  // null also when a flush ended a session that comes later
      if (!o || (!all && !o->only_due())) continue;
      touched[i] = nullptr;
      o->touched_ = false;
      o->owner()->flush(now_ns);
    }
  }
  touched.clear();
}

void outbox::clear(commons& all) {
  if (touched_) all.turn.untouch(place_);
  touched_ = false;
  due_.clear();
  control_.clear();
  control_ends_.clear();
  waiting_.clear();
  to_name_ = named_;
  show(all.tally);
  for (wire::channel c : wire::all_channels)
    if (degraded_.test(wire::index_of(c))) all.tally.degraded[wire::index_of(c)].add(-1);
  degraded_.reset();
}

}  // namespace tickcast::fanout
