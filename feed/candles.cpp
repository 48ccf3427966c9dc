#include "feed/candles.hpp"

#include <algorithm>

#include "wire/merge.hpp"

namespace tickcast::feed {
namespace {

using wire::channel, wire::period, wire::bar_second_ns;

constexpr std::int64_t last_ns = 7'258'118'400 * bar_second_ns;  // the year 2200: a time beyond it is none
// A trade that was on its way when its bar ended still belongs to it.
constexpr std::int64_t grace_ns = 20'000'000;
constexpr int closings_a_turn = 1024;
constexpr std::size_t told_a_turn = 64;
constexpr std::int64_t tell_every_ns = 1'000'000'000, tell_pause_ns = 1'000'000;

constexpr std::uint8_t bit_of(channel view) {
  return static_cast<std::uint8_t>(1u << (index_of(view) - index_of(channel::stats)));
}
bool counts(const wire::tick& t) { return t.trade.flags != (wire::no_price | wire::no_volume); }
// No venue's clock has ever shown 0: it is a time that was not filled in.
bool timed(const wire::tick& t) { return t.venue_ns > 0 && t.venue_ns < last_ns; }

// One trade with a time to come would end every bar before it, and leave all that follows late until then. So it must not be
// further ahead of the wall's clock than clocks may differ; but a venue that always is ahead, as by a time zone, goes on.
constexpr std::int64_t ahead_max_ns = 60 * bar_second_ns, zone_max_ns = 24 * 3600 * bar_second_ns;

bool from_the_future(const symbol_bars& b, std::int64_t venue_ns, std::int64_t mono_ns) {
  static const std::int64_t unix_less_mono = [] {
    const arrival now = arrival::now();
    return now.unix_ns - now.mono_ns;
  }();
  const std::int64_t ahead = venue_ns - (mono_ns + unix_less_mono);
  if (ahead <= ahead_max_ns) return false;
  if (b.newest_ns == never_ns) return ahead > zone_max_ns;
  return venue_ns > b.newest_ns + (mono_ns - b.mono_ns) + ahead_max_ns;
}

}  // namespace

candles::candles(const wire::symbol_table& symbols, const bar_settings& settings, bar_listener& to)
    : symbols_(symbols), sessions_(settings.sessions), to_(to), keeper_(settings.keeper), budget_{settings.bytes / sizeof(candle)} {}

candles::~candles() = default;

symbol_bars& candles::of(wire::symbol_id symbol) {
  const std::size_t i = index_of(symbol);
  if (i >= all_.size()) all_.resize(std::max(i + 1, symbols_.size()));
  if (!all_[i]) {
    all_[i] = std::make_unique<symbol_bars>();
    all_[i]->symbol = symbol;
    all_[i]->watched = watched_new_;
    all_[i]->hours = &sessions_.of(symbols_.name(symbol));
  }
  return *all_[i];
}

const symbol_bars* candles::find(wire::symbol_id symbol) const {
  return index_of(symbol) < all_.size() ? all_[index_of(symbol)].get() : nullptr;
}

// ---- trades ----

void candles::trade(const wire::tick& t, std::int64_t mono_ns) {
  if (!counts(t)) return;
  if (!timed(t)) return too_late_.add();
  symbol_bars& b = of(t.symbol);
  const bool goes_on = !b.second.empty() &&
                       static_cast<std::uint64_t>(t.venue_ns - b.second.start_ns) < std::uint64_t{bar_second_ns};
  if (!goes_on && from_the_future(b, t.venue_ns, mono_ns)) return too_late_.add();
  b.came(t.venue_ns, mono_ns);
  if (!goes_on && !enter(b, t)) {
    b.roll();
    for (period p : wire::all_periods) amend(b, p, t);
    return changed(b);
  }
  b.second.add(t);
  if (b.watched) tell_open(b, t.arrived_ns);
}

// The first trade of a second, or of what is left of one. False: its second was over before.
bool candles::enter(symbol_bars& b, const wire::tick& t) {
  const std::int64_t start = b.span_of(period::s1, t.venue_ns)->start_ns;
  const bar_series& seconds = b.at(period::s1);
  // The clock may have ended a longer bar that it belongs to, and not yet its second.
  if (start < b.floor_ns || (!b.second.empty() && start < b.second.start_ns) ||
      (!seconds.open.empty() && start < seconds.open.start_ns))
    return false;
  b.roll();
  end_before(b, start, t.arrived_ns);
  b.second.begin(start);
  if (!b.spell.holds(start)) b.spell = b.hours->at(start);
  expect_end(b, start + bar_second_ns);
  changed(b);
  return true;
}

// A trade that goes straight to where its time belongs: it is late, or from before the start.
void candles::amend(symbol_bars& b, period p, const wire::tick& t) {
  const auto of = b.span_of(p, t.venue_ns);
  if (!of) return;
  bar_series& s = b.at(p);
  s.last = std::max(s.last, t.n);
  if (of->start_ns >= s.floor_ns && (s.open.empty() || of->start_ns > s.open.start_ns)) {
    if (!s.open.empty()) close(b, p, t.arrived_ns);
    s.open.begin(of->start_ns);
    s.open.add(t);
    s.end_ns = of->end_ns;
    expect_end(b, s.end_ns);
    if (s.open.priced()) tell(b, p, s.open, wire::bar_state::open, t.arrived_ns);
  } else if (!s.open.empty() && of->start_ns == s.open.start_ns) {
    if (t.n <= s.open.last) return;  // an archive's bar has it already
    s.open.add(t);
    if (s.open.priced()) tell(b, p, s.open, wire::bar_state::open, t.arrived_ns);
  } else {
    std::size_t at = s.closed.from(of->start_ns);
    if (at == s.closed.size() || s.closed[at].start_ns != of->start_ns) {
      candle missing;
      missing.begin(of->start_ns);
      if (!s.closed.insert(at, missing, budget_)) return too_late_.add();
      at = s.closed.from(of->start_ns);
    }
    candle& c = s.closed[at];
    if (t.n <= c.last) return;
    c.add(t);
    if (!c.priced()) return;
    tell(b, p, c, wire::bar_state::revised, t.arrived_ns);
    if (keeper_) keeper_->keep(c.as_bar(b.symbol, p, true));
  }
  if (p == period::d1) tell_stat(b, t.arrived_ns);
}

// ---- the ends of bars ----

void candles::expect_end(symbol_bars& b, std::int64_t end_ns) {
  closing_.by(b.symbol, b.mono_ns + (end_ns - b.newest_ns) + grace_ns);
}

void candles::end_before(symbol_bars& b, std::int64_t venue_ns, std::int64_t arrived_ns) {
  for (period p : wire::all_periods)
    if (!b.at(p).open.empty() && b.at(p).end_ns <= venue_ns) close(b, p, arrived_ns);
}

void candles::close(symbol_bars& b, period p, std::int64_t arrived_ns) {
  bar_series& s = b.at(p);
  s.closed.push(s.open, budget_);
  s.floor_ns = s.end_ns;
  b.floor_ns = std::max(b.floor_ns, s.floor_ns);
  s.open.trades = 0;
  if (p == period::s1) changed(b);  // trades may have come into it since the keeper was told of the longer ones
  if (!s.closed.back().priced()) return;
  tell(b, p, s.closed.back(), wire::bar_state::closed, arrived_ns);
  if (keeper_) keeper_->keep(s.closed.back().as_bar(b.symbol, p, true));
}

void candles::close_due(std::int64_t mono_ns) {
  for (int left = closings_a_turn; left > 0 && closing_.next_ns().value_or(INT64_MAX) <= mono_ns; --left) {
    symbol_bars& b = *all_[index_of(closing_.next())];
    b.roll();
    end_before(b, b.newest_ns + (mono_ns - b.mono_ns) - grace_ns, mono_ns);
    std::int64_t next = INT64_MAX;
    for (const bar_series& s : b.all)
      if (!s.open.empty()) next = std::min(next, s.end_ns);
    if (next == INT64_MAX) {
      closing_.drop_first();
    } else {
      closing_.put_off(b.mono_ns + (next - b.newest_ns) + grace_ns);
    }
  }
  if (keeper_ && mono_ns >= tell_ns_) tell_keeper(mono_ns);
}

std::optional<std::int64_t> candles::next_ns() const {
  const auto closing = closing_.next_ns();
  if (!keeper_ || (changed_.empty() && telling_.empty())) return closing;
  return std::min(tell_ns_, closing.value_or(INT64_MAX));
}

// ---- who is told ----

void candles::watch(wire::symbol_id symbol, channel view, bool wanted, bool named) {
  if (!find(symbol) && !(wanted && named)) return;
  symbol_bars& b = of(symbol);
  b.watched = static_cast<std::uint8_t>(wanted ? b.watched | bit_of(view) : b.watched & ~bit_of(view));
}

void candles::watch_new(channel view, bool wanted) {
  watched_new_ = static_cast<std::uint8_t>(wanted ? watched_new_ | bit_of(view) : watched_new_ & ~bit_of(view));
}

void candles::tell_open(symbol_bars& b, std::int64_t arrived_ns) {
  for (period p : wire::all_periods) {
    if (!(b.watched & bit_of(bars_of(p))) || !b.counts_now(p)) continue;
    const candle now = b.current(p);
    if (now.priced()) tell(b, p, now, wire::bar_state::open, arrived_ns);
  }
  if (b.spell.trading) tell_stat(b, arrived_ns);
}

void candles::tell(const symbol_bars& b, period p, const candle& c, wire::bar_state state, std::int64_t arrived_ns) {
  if (!(b.watched & bit_of(bars_of(p)))) return;
  wire::notes notes;
  wire::tick t = b.tick_of(p, c, state, notes);
  t.arrived_ns = arrived_ns;
  to_.told(t, notes);
}

void candles::tell_stat(const symbol_bars& b, std::int64_t arrived_ns) {
  if (!(b.watched & bit_of(channel::stats))) return;
  wire::notes notes;
  wire::tick t{};
  if (!b.make_stat(t, notes)) return;
  t.arrived_ns = arrived_ns;
  to_.told(t, notes);
}

void candles::changed(symbol_bars& b) {
  if (!keeper_ || b.untold) return;
  b.untold = true;
  changed_.push_back(b.symbol);
}

void candles::tell_keeper(std::int64_t mono_ns) {
  if (telling_.empty()) telling_.swap(changed_);
  for (std::size_t left = told_a_turn; left > 0 && !telling_.empty(); --left, telling_.pop_back()) {
    symbol_bars& b = of(telling_.back());
    b.untold = false;
    for (period p : wire::all_periods)
      if (p != period::s1) keep_open(b, p);
  }
  tell_ns_ = mono_ns + (telling_.empty() ? tell_every_ns : tell_pause_ns);
}

void candles::keep_open(const symbol_bars& b, period p) {
  if (b.at(p).open.empty() && !b.counts_now(p)) return;
  const candle now = b.current(p);
  if (now.priced()) keeper_->keep(now.as_bar(b.symbol, p, false));
}

void candles::tell_rest() {
  if (!keeper_) return;
  for (const auto& b : all_) {
    if (!b) continue;
    for (period p : wire::all_periods)
      if (p == period::s1 || b->untold || !b->second.empty()) keep_open(*b, p);
  }
}

// ---- what answers show ----

wire::sequence candles::last(wire::symbol_id symbol, channel view) const {
  const symbol_bars* const b = find(symbol);
  return b ? b->last(view) : 0;
}

std::size_t candles::copy_last(wire::symbol_id symbol, channel view, std::size_t count, std::vector<wire::record>& to) const {
  const symbol_bars* const b = find(symbol);
  return b ? b->copy_last(view, count, to) : 0;
}

wire::sequence candles::copy_missed(wire::symbol_id symbol, channel view, std::int64_t start_ns, wire::sequence first,
                                    std::vector<wire::record>& to) const {
  const symbol_bars* const b = find(symbol);
  return b ? b->copy_missed(view, start_ns, first, to) : 0;
}

std::int64_t candles::open_from(wire::symbol_id symbol, channel view) const {
  const symbol_bars* const b = find(symbol);
  if (!b || !is_bars(view)) return never_ns;
  const period p = period_of(view);
  return b->at(p).open.empty() && !b->counts_now(p) ? b->at(p).floor_ns : b->current(p).start_ns;
}

// ---- from before the start ----

void candles::restore(const wire::tick& t, std::int64_t mono_ns) {
  if (!counts(t)) return;
  if (!timed(t)) return too_late_.add();
  symbol_bars& b = of(t.symbol);
  if (from_the_future(b, t.venue_ns, mono_ns)) return too_late_.add();
  b.came(t.venue_ns, mono_ns);
  for (period p : wire::all_periods) {
    // What is older than all that the archive gave is not to be made anew from a part of its trades.
    const auto of = b.span_of(p, t.venue_ns);
    if (of && of->start_ns >= b.at(p).taken_ns) amend(b, p, t);
  }
  changed(b);
}

bool candles::take_back(const wire::bar& from, const arrival& at) {
  symbol_bars& b = of(from.symbol);
  const auto of = b.span_of(from.period, from.start_ns);
  bar_series& s = b.at(from.period);
  if (!of || of->start_ns != from.start_ns || from.start_ns < s.floor_ns) return false;
  if (from_the_future(b, from.start_ns, at.mono_ns)) return true;
  b.came(from.start_ns, at.mono_ns - (at.unix_ns - from.start_ns));
  s.last = std::max(s.last, from.last);
  if (s.taken_ns == never_ns) s.taken_ns = from.start_ns;
  if (from.closed) {
    s.closed.push(candle{from}, budget_);
    s.floor_ns = of->end_ns;
    b.floor_ns = std::max(b.floor_ns, s.floor_ns);
  } else {
    s.open = candle{from};
    s.end_ns = of->end_ns;
    expect_end(b, s.end_ns);
  }
  return true;
}

}  // namespace tickcast::feed
