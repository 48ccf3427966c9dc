#include "fanout/topics.hpp"

#include <algorithm>

namespace tickcast::fanout {

topic& topics::at(wire::channel c, wire::symbol_id s) {
  auto& list = topics_[wire::index_of(c)];
  const std::size_t i = wire::index_of(s);
  if (i >= list.size()) list.resize(std::max(i + 1, all_.symbols.size()));
  if (!list[i]) {
    list[i] = std::make_unique<topic>();
    list[i]->channel = c;
    list[i]->symbol = s;
  }
  return *list[i];
}

std::optional<wire::symbol_id> topics::find(std::string_view name) {
  if (directory_.stale()) directory_.refresh();
  return directory_.find(name);
}

// ---- ticks ----

void topics::publish(const wire::tick& t, std::string_view notes) {
  const wire::channel c = wire::channel_of(t.kind);
  topic& home = at(c, t.symbol);
  if (!home.live) {
    // Named after a `*` was answered: it is ours from its first tick on. Otherwise nobody here wants it any more.
    if (wild_[wire::index_of(c)].empty()) return let_go(home);
    go_live(home, 0);
  }
  if (t.n != home.last + 1) {
    if (t.n <= home.last) return;
    hole(home, home.last + 1, t.n - 1);
  }
  home.last = t.n;
  if (!home.every.empty()) {
    const fragment_index f = all_.turn.add_tick(all_.symbols.name(t.symbol), t, notes, fragment_kind::tick);
    for (const seat& s : home.every) s.who->due(f, all_.turn);
  }
  if (!home.classes.empty()) add_to_classes(home, t, notes);
}

void topics::add_to_classes(topic& t, const wire::tick& tick, std::string_view notes) {
  for (const auto& c : t.classes) {
    if (!c->pending.add(tick, notes)) {  // the volume has no room: this merge ends here
      send(*c, after::clears);
      c->pending.add(tick, notes);
    }
    for (fresh_seat& f : c->fresh) f.since.add(tick, notes);
    schedule(*c);
  }
}

// The first after a quiet interval goes out with this turn, the next not before the interval is over.
void topics::schedule(merge_class& c) {
  if (c.ready || c.armed()) return;
  if (c.interval_ms == 0 || c.next_ns <= mono_ns()) {
    c.make_ready();
  } else {
    all_.wheel.arm(c, c.next_ns);
  }
}

// Gives what the class has merged to everybody in it, who from here on share its next merge. Fragments refer to the
// merge until the turn ends, so if it is to be used again before that, they get a copy.
void topics::send(merge_class& c, after what) {
  const std::string_view name = all_.symbols.name(c.home.symbol);
  if (c.pending.empty()) return;
  const wire::merge& m = what == after::clears ? all_.turn.keep(c.pending) : c.pending;
  if (!c.seats.empty()) {
    const fragment_index f = all_.turn.add_merge(name, m);
    for (const seat& s : c.seats) s.who->due(f, all_.turn);
  }
  for (fresh_seat& f : c.fresh) {
    if (!f.since.empty()) f.who->due(all_.turn.add_merge(name, all_.turn.keep(f.since)), all_.turn);
    f.what->fresh = false;
    f.what->seat = static_cast<std::uint32_t>(c.seats.size());
    c.seats.push_back(f);
  }
  c.fresh.clear();
  if (what == after::clears) c.pending.clear();
}

void topics::send_ready(std::int64_t now_ns) {
  for (merge_class* c : ready_) {
    send(*c, after::keeps);
    c->next_ns = now_ns + static_cast<std::int64_t>(c->interval_ms) * 1'000'000;
    c->ready = false;
    sent_.push_back(c);
  }
  ready_.clear();
}

void topics::forget_sent() {
  release();
  for (merge_class* c : sent_) c->pending.clear();
  sent_.clear();
  retired_.clear();
}

// Numbers that the lane dropped. What was merged before them must not be merged with what comes after.
void topics::hole(topic& t, wire::sequence first, wire::sequence last) {
  const fragment_index gap =
      all_.turn.add_gap(all_.symbols.name(t.symbol), t.channel, t.symbol, first, last, wire::gap_why::overflow);
  const auto announce = [&](outbox* who) {
    who->due(gap, all_.turn);
    all_.tally.gaps[static_cast<std::size_t>(wire::gap_why::overflow)].add();
  };
  for (const seat& s : t.every) announce(s.who);
  for (const auto& c : t.classes) {
    send(*c, after::clears);
    for (const seat& s : c->seats) announce(s.who);
    for (const fresh_seat& s : c->fresh) announce(s.who);
  }
}

// ---- the talk with the sequencer ----

std::unique_ptr<wire::request> topics::make_request(wire::request_kind kind, wire::channel c,
                                                    std::vector<wire::wanted> streams, bool all) const {
  auto r = std::make_unique<wire::request>();
  r->kind = kind;
  r->shard = shard_;
  r->channel = c;
  r->streams = std::move(streams);
  r->all = all;
  return r;
}

wire::ticket topics::ask(asker& who, wire::channel c, std::vector<wire::wanted> streams,
                         std::uint32_t history, bool all) {
  pending p{&who, c, all, {}};
  for (const wire::wanted& w : streams) {
    if (!w.name.empty()) {  // not named yet, so it cannot be held: like `*`, it keeps everything from being let go
      p.unheld = true;
      continue;
    }
    p.held.push_back(w.symbol);
    use(at(c, w.symbol));
  }
  if (p.unheld) ++unheld_asked_[wire::index_of(c)];
  if (all) wild_open_[wire::index_of(c)] = true;
  pending_.emplace(++last_ticket_, std::move(p));
  auto r = make_request(wire::request_kind::open, c, std::move(streams), all);
  r->number = last_ticket_;
  r->history = history;
  inbox_.ask(std::move(r));
  return last_ticket_;
}

void topics::abandon(wire::ticket t) {
  if (const auto p = pending_.find(t); p != pending_.end()) p->second.who = nullptr;
}

void topics::answer(std::unique_ptr<wire::answer> a) {
  const auto found = pending_.find(a->number);
  if (found == pending_.end()) return;
  const pending p = std::move(found->second);
  pending_.erase(found);
  // Held until the asker has joined, so that nothing is let go in between.
  for (const wire::stream_state& s : a->streams) {
    if (!s.opened) continue;
    topic& t = at(a->channel, s.symbol);
    use(t);
    // Named since a `*` was answered, and the lane dropped all of it so far: its listeners miss it from the first on.
    if (!t.live) go_live(t, wild_[wire::index_of(a->channel)].empty() ? s.last : 0);
    if (s.last > t.last) {
      hole(t, t.last + 1, s.last);
      t.last = s.last;
    }
  }
  if (p.who) p.who->answered(*a);
  for (const wire::stream_state& s : a->streams)
    if (s.opened) unuse(at(a->channel, s.symbol));
  for (wire::symbol_id s : p.held) unuse(at(a->channel, s));
  if (p.unheld) --unheld_asked_[wire::index_of(a->channel)];
  release();
}

void topics::go_live(topic& t, wire::sequence last) {
  t.live = true;
  t.last = last;
  const std::vector<asker*> all(wild_[wire::index_of(t.channel)].begin(), wild_[wire::index_of(t.channel)].end());
  for (asker* who : all) who->appeared(t.channel, t.symbol);
}

void topics::unuse(topic& t) {
  if (--t.users > 0) return;
  t.live = false;
  let_go(t);
}

void topics::let_go(topic& t) {
  if (t.users > 0 || std::exchange(t.let_go, true)) return;
  let_go_[wire::index_of(t.channel)].push_back({t.symbol, {}, {}});
}

void topics::release() {
  for (wire::channel c : wire::all_channels) {
    const std::size_t i = wire::index_of(c);
    std::erase_if(let_go_[i], [&](const wire::wanted& w) { return at(c, w.symbol).users > 0; });
    // What a `*` on its way is about to open must not be closed behind it.
    if (unheld_asked_[i] > 0) continue;
    const bool all = wild_open_[i] && wild_[i].empty();
    if (all) wild_open_[i] = false;
    if (all || !let_go_[i].empty())
      inbox_.ask(make_request(wire::request_kind::close, c, std::exchange(let_go_[i], {}), all));
  }
}

// ---- seats ----

merge_class& topics::class_of(topic& t, std::uint32_t interval_ms) {
  for (const auto& c : t.classes)
    if (c->interval_ms == interval_ms) return *c;
  return *t.classes.emplace_back(std::make_unique<merge_class>(t, interval_ms, ready_));
}

void topics::join(outbox& who, subscription& s, wire::channel c, wire::symbol_id id) {
  topic& t = at(c, id);
  use(t);
  s.home = &t;
  all_.tally.subscriptions[wire::index_of(c)].add();
  if (s.how.mode == wire::delivery_mode::every) {
    s.seat = static_cast<std::uint32_t>(t.every.size());
    t.every.push_back({&who, &s});
    who.counts_policy(c, s.how.on_slow, +1);
    return;
  }
  merge_class& shared = class_of(t, s.how.interval_ms);
  s.shared = &shared;
  s.fresh = !shared.pending.empty();
  s.seat = static_cast<std::uint32_t>(s.fresh ? shared.fresh.size() : shared.seats.size());
  if (s.fresh) {
    shared.fresh.push_back({{&who, &s}, {}});
  } else {
    shared.seats.push_back({&who, &s});
  }
}

// The last one takes the place that becomes free.
void topics::stand_up(std::vector<seat>& seats, std::uint32_t at) {
  seats[at] = seats.back();
  seats[at].what->seat = at;
  seats.pop_back();
}

void topics::leave(subscription& s) {
  topic& t = *s.home;
  all_.tally.subscriptions[wire::index_of(t.channel)].add(-1);
  if (merge_class* c = s.shared) {
    if (s.fresh) {
      if (s.seat + 1 < c->fresh.size()) {
        c->fresh[s.seat] = std::move(c->fresh.back());
        c->fresh[s.seat].what->seat = s.seat;
      }
      c->fresh.pop_back();
    } else {
      stand_up(c->seats, s.seat);
    }
    if (c->unused()) {
      // Fragments of this turn may still refer to its merge, so it is kept until the turn ends.
      std::erase(ready_, c);
      all_.wheel.disarm(*c);
      const auto own = std::find_if(t.classes.begin(), t.classes.end(), [&](const auto& p) { return p.get() == c; });
      retired_.push_back(std::move(*own));
      t.classes.erase(own);
    }
  } else {
    t.every[s.seat].who->counts_policy(t.channel, s.how.on_slow, -1);
    stand_up(t.every, s.seat);
  }
  s = subscription{s.how, nullptr, nullptr, 0, false};
  unuse(t);
}

// What its class has merged since it was last sent something.
const wire::merge& topics::held_back(const subscription& s) {
  return s.fresh ? s.shared->fresh[s.seat].since : s.shared->pending;
}

void topics::settle(outbox& who, subscription& s) {
  if (!s.shared) return;
  const wire::merge& held = held_back(s);
  if (held.empty()) return;
  who.due(all_.turn.add_merge(all_.symbols.name(s.home->symbol), all_.turn.keep(held)), all_.turn);
}

void topics::leave_all(asker& who, wire::channel c) { wild_[wire::index_of(c)].erase(&who); }

wire::sequence topics::delivered(const subscription& s) const {
  if (!s.shared) return s.home->last;
  const wire::merge& held = held_back(s);
  return held.empty() ? s.home->last : held.first() - 1;
}

}  // namespace tickcast::fanout
