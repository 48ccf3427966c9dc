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
    if (c == wire::channel::book) list[i]->book = std::make_unique<replica>(*list[i], s, ready_);
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
  if (c == wire::channel::book) return publish_book(home, t, notes);
  if (wire::is_view(c)) {  // its number is a trade's
    home.last = std::max(home.last, t.n);
  } else if (t.n == home.last + 1) {
    home.last = t.n;
  } else {
    if (t.n <= home.last) return;
    hole(home, t.n - 1);
    home.last = t.n;
  }
  if (!home.every.empty()) {
    const fragment_index f = all_.turn.add_tick(name_of(home), t, notes, home.every_in.in_use());
    for (const seat& s : home.every) s.who->due(f, all_.turn);
  }
  for (const auto& shared : home.classes) {
    shared->add(t, notes);
    schedule(*shared);
  }
}

// The first after a quiet interval goes out with this turn, the next not before the interval is over.
void topics::schedule(interval_class& c) {
  if (c.ready || c.armed()) return;
  if (c.interval_ms == 0 || c.next_ns <= all_.clock.mono_ns()) {
    c.make_ready();
  } else {
    all_.wheel.arm(c, c.next_ns);
  }
}

void topics::send_ready(std::int64_t now_ns) {
  for (interval_class* c : ready_) {
    if (!c) continue;  // gone in the meantime
    if (c->interval_ms == 0) {
      c->send_all(all_.turn, name_of(c->home));
    } else if (c->pending()) {
      wire::is_view(c->home.channel) ? c->send_all(all_.turn, name_of(c->home)) : c->send_oldest(all_.turn, name_of(c->home));
      c->next_ns = now_ns + static_cast<std::int64_t>(c->interval_ms) * 1'000'000;
    }
    c->ready = false;
    if (c->pending()) all_.wheel.arm(*c, c->next_ns);
  }
  ready_.clear();
}

// Numbers up to `last` that cannot be had any more. What was merged before them must not be merged with what comes after.
void topics::hole(topic& t, wire::sequence last) {
  wire::encoding_set in_use = t.every_in.in_use();
  for (const auto& c : t.classes) c->each_seat([&](const seat& s) { in_use |= s.who->encoding(); });
  const fragment_index gap =
      all_.turn.add_gap(name_of(t), t.channel, t.symbol, t.last + 1, last, wire::gap_why::overflow, in_use);
  t.last = last;
  const auto announce = [&](const seat& s) {
    s.who->due(gap, all_.turn);
    all_.tally.gaps[static_cast<std::size_t>(wire::gap_why::overflow)].add();
  };
  for (const seat& s : t.every) announce(s);
  for (const auto& c : t.classes) {
    c->send_all(all_.turn, name_of(t));
    c->each_seat(announce);
  }
}

// What the lane had no room for, as far as it is still kept. It is published like anything else, only late.
void topics::catch_up(const wire::answer& missed) {
  for (const wire::stream_state& s : missed.streams) {
    topic& t = at(missed.channel, s.symbol);
    if (s.book && t.live) load_book(t, s);
    if (t.live && s.lost > t.last) hole(t, s.lost);  // before what came after it
    s.ticks.each([&](const wire::tick& tick, std::string_view notes) {
      const wire::sequence before = t.last;
      publish(tick, notes);
      if (t.last != before) all_.tally.recovered[wire::index_of(t.channel)].add();
    });
    if (wire::is_view(t.channel)) {
      t.last = std::max(t.last, s.last);
    } else if (t.live && s.last > t.last) {
      hole(t, s.last);
    }
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
  if (a->number == wire::no_ticket) return catch_up(*a);
  const auto found = pending_.find(a->number);
  if (found == pending_.end()) return;
  const pending p = std::move(found->second);
  pending_.erase(found);
  // Held until the asker has joined, so that nothing is let go in between.
  for (const wire::stream_state& s : a->streams) {
    if (!s.opened) continue;
    topic& t = at(a->channel, s.symbol);
    use(t);
    if (t.book && (!t.live || s.last > t.last)) load_book(t, s);
    if (!t.live) go_live(t, s.last);
    if (wire::is_view(t.channel)) {
      t.last = std::max(t.last, s.last);
    } else if (s.last > t.last) {
      hole(t, s.last);
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
  if (t.book) t.book->forget();
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
  if (t.book) {
    book_crowd& crowd = t.book->crowd_of(s.how);
    if (crowd.every) who.counts_policy(c, s.how.on_slow, +1);
    return crowd.join(who, s, t.last);
  }
  if (s.how.mode == wire::delivery_mode::latest) return class_of(t, s.how.interval_ms).join(who, s);
  sit_down(t.every, {&who, &s});
  t.every_in.came(who.encoding());
  who.counts_policy(c, s.how.on_slow, +1);
}

void topics::leave(outbox& who, subscription& s) {
  topic& t = *s.home;
  all_.tally.subscriptions[wire::index_of(t.channel)].add(-1);
  if (book_crowd* crowd = s.crowd) {
    if (crowd->every) who.counts_policy(t.channel, s.how.on_slow, -1);
    crowd->leave(s);
    if (crowd->unused()) t.book->let_go(*crowd);
  } else if (merge_class* c = s.shared) {
    c->leave(s);
    if (c->unused()) {
      c->forget_ready();
      std::erase_if(t.classes, [c](const auto& own) { return own.get() == c; });
    }
  } else {
    who.counts_policy(t.channel, s.how.on_slow, -1);
    t.every_in.went(who.encoding());
    stand_up(t.every, s.seat);
  }
  s = subscription{s.how};
  unuse(t);
}

void topics::settle(outbox& who, subscription& s) {
  if (s.crowd) return settle_book(who, s);
  if (!s.shared) return;
  s.shared->each_held(s, [&](const wire::merge& held) {
    if (!held.empty()) who.due(all_.turn.add_merge(name_of(*s.home), all_.turn.keep(held), who.encoding()), all_.turn);
  });
}

void topics::leave_all(asker& who, wire::channel c) { wild_[wire::index_of(c)].erase(&who); }

wire::sequence topics::delivered(const subscription& s) const {
  if (s.crowd) return s.crowd->delivered(s);
  wire::sequence last = s.home->last;
  if (s.shared && wire::is_view(s.home->channel)) return s.shared->pending() ? s.shared->sent() : last;
  if (s.shared)
    s.shared->each_held(s, [&](const wire::merge& held) {
      if (!held.empty()) last = std::min(last, held.first() - 1);
    });
  return last;
}

}  // namespace tickcast::fanout
