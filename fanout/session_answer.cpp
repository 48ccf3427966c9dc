// What a session does with the sequencer's answer to its subscribe: the ack, what was asked for of the past, and its seats.
#include "fanout/session.hpp"

namespace tickcast::fanout {

// The sequencer has answered: this is the place in the stream of ticks from which the subscription counts.
void session::answered(const wire::answer& a) {
  const subscribing w = std::move(*waiting_);
  waiting_.reset();
  all_.tally.commands_ok[static_cast<std::size_t>(wire::operation::subscribe)].add();
  share& mine = shares_[w.channel];
  if (w.all) {
    mine.all = w.how;
    mine.left_out.reset();
    all_.topics->join_all(*this, w.channel);
  }
  add_subscribed(outbox_.control(), all_.symbols, w, a, ids());
  said();
  if (w.all && ids()) outbox_.name_symbols(all_.symbols.size(), all_.turn);
  for (const wire::stream_state& s : a.streams) {
    if (!s.opened) continue;
    if (mine.left_out) mine.left_out->erase(wire::index_of(s.symbol));
    // What the old options still hold back belongs before the snapshot.
    const auto found = subscribed_.find(key_of(w.channel, s.symbol));
    subscription* const old = found == subscribed_.end() ? nullptr : &found->second;
    if (w.channel == wire::channel::book) {
      add_book(s, w, old);
    } else {
      if (old) all_.topics->settle(outbox_, *old);
      add_ticks(w.channel, s, w.how);
    }
    take_seat(w.channel, s.symbol, w.how);
  }
  holding_ = true;
  held_ns_ = all_.clock.mono_ns();
  go_on_if_taken();
}

// One answer may be larger than what else is queued for a client. It gets no second one before it has taken the first:
// until then its commands are not read.
void session::go_on_if_taken() {
  if (!holding_ || over_ || outbox_.waiting().asked_bytes() > all_.limits.backlog_bytes) return;
  holding_ = false;
  heard_ns_ = all_.clock.mono_ns();
  pinged_ns_ = 0;  // its pong may not have been read either
  carrier_.read_on();  // later: the rest of the frame may take back what is on its way out in this turn
}

// The snapshot; or what was missed, as the subscription would have brought it.
void session::add_ticks(wire::channel c, const wire::stream_state& s, const wire::delivery& how) {
  if (s.recovered && how.mode == wire::delivery_mode::latest) return add_merged(s, wire::whole_bar_ns(how.interval_ms));
  outbox_.ask(c, s.symbol, s.ticks, s.recovered ? asked_for::replay : asked_for::snapshot, all_, all_.clock.mono_ns());
}

// How the book is; or what was missed of it: step by step, or for `latest` how it is, standing for all of that.
// Shown anew, it stands for what the old options still hold back.
void session::add_book(const wire::stream_state& s, const subscribing& w, subscription* old) {
  const std::int64_t now_ns = all_.clock.mono_ns();
  const bool missed = s.recovered && !s.ticks.empty(), every = w.how.mode == wire::delivery_mode::every;
  const bool other_depth = old && old->how.depth != w.how.depth;  // what is there is of no use to it
  const bool shown = s.last > 0 && !s.recovered && (w.snapshot || other_depth || w.resumed.contains(wire::index_of(s.symbol)));
  if (old && !shown) all_.topics->settle(outbox_, *old);
  if (missed && every && !old) return outbox_.ask(s.symbol, std::make_unique<book_replay>(s.book, s.ticks, w.how.depth), all_, now_ns);
  if (!missed && !shown) return;
  wire::notes strings;
  wire::sequence first = missed ? s.ticks.front(strings).n : s.last;
  if (shown && old) first = std::min(first, all_.topics->delivered(*old) + 1);
  outbox_.ask(s.symbol, all_.topics->book_of(s.symbol).page(w.how.depth), first, all_, now_ns);
}

// At once, in pieces that leave bars of this length whole; of longer ones, if that were too many pieces.
void session::add_merged(const wire::stream_state& s, std::int64_t bar_ns) {
  constexpr std::int64_t pieces_max = 64;
  const std::string_view name = all_.symbols.name(s.symbol);
  std::int64_t first_ns = 0, last_ns = 0;
  s.ticks.each([&](const wire::tick& t, std::string_view) { first_ns = first_ns ? first_ns : t.venue_ns, last_ns = t.venue_ns; });
  while (last_ns - first_ns > pieces_max * bar_ns) bar_ns *= 60;
  wire::merge missed;
  const auto send_missed = [&] {
    if (!missed.empty()) outbox_.due(all_.turn.add_merge(name, all_.turn.take(missed), outbox_.encoding()), all_.turn);
  };
  s.ticks.each([&](wire::tick t, std::string_view notes) {
    t.arrived_ns = 0;  // its age says nothing about this server
    if (!missed.ends_before(t.venue_ns, bar_ns) && missed.add(t, notes)) return;
    send_missed();
    missed.add(t, notes);
  });
  send_missed();
}

void session::take_seat(wire::channel c, wire::symbol_id s, const wire::delivery& how) {
  auto [place, added] = subscribed_.try_emplace(key_of(c, s));
  subscription& mine = place->second;
  if (!added) all_.topics->leave(outbox_, mine);
  mine.how = how;
  all_.topics->join(outbox_, mine, c, s);
  shares_[c].streams += added;
}

void session::appeared(wire::channel c, wire::symbol_id s) {
  const share* const mine = shares_.find(c);
  if (over_ || !mine || !mine->all || subscribed_.contains(key_of(c, s))) return;
  if (mine->left_out && mine->left_out->contains(wire::index_of(s))) return;
  if (ids()) outbox_.name_symbols(wire::index_of(s) + 1, all_.turn);
  take_seat(c, s, *mine->all);
}

}  // namespace tickcast::fanout
