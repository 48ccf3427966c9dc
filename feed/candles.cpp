#include "feed/candles.hpp"

#include <algorithm>

#include "wire/merge.hpp"

namespace tickcast::feed {
namespace {

using wire::channel, wire::period, wire::bar_second_ns;

constexpr std::int64_t never_ns = INT64_MIN;
constexpr std::int64_t last_ns = 7'258'118'400 * bar_second_ns;  // the year 2200: a time beyond it is none
// A trade that was on its way when its bar ended still belongs to it.
constexpr std::int64_t grace_ns = 20'000'000;
constexpr int closings_a_turn = 1024;
constexpr std::size_t told_a_turn = 64;
constexpr std::int64_t tell_every_ns = 1'000'000'000, tell_pause_ns = 1'000'000;

constexpr std::uint8_t bit_of(channel view) {
  return static_cast<std::uint8_t>(1u << (index_of(view) - index_of(channel::stats)));
}
constexpr wire::record_kind kind_of(period p) {
  return static_cast<wire::record_kind>(static_cast<std::size_t>(wire::record_kind::bar_1s) + index_of(p));
}

bool counts(const wire::tick& t) { return t.trade.flags != (wire::no_price | wire::no_volume); }
bool timed(const wire::tick& t) { return t.venue_ns >= 0 && t.venue_ns < last_ns; }

void put(const wire::tick& t, const wire::notes& notes, std::vector<wire::record>& to) {
  notes.split(t.symbol, [&](const wire::note& n) { to.emplace_back(n); });
  to.emplace_back(t);
}

wire::tick tick_of(wire::symbol_id symbol, period p, const candle& c, wire::bar_state state, wire::notes& notes) {
  wire::tick t{};
  t.symbol = symbol;
  t.kind = kind_of(p);
  t.state = state;
  t.n = c.last;
  t.venue_ns = c.start_ns;
  pack(c.figures(), t, notes);
  return t;
}

}  // namespace

struct candles::series {
  candle open;                       // empty: there is none
  std::int64_t end_ns = 0;           // of the open one
  std::int64_t floor_ns = never_ns;  // the end of the newest closed one
  wire::sequence last = 0;           // number of the last trade that went into any
  std::int64_t taken_ns = never_ns;  // the oldest that came from an archive begins here
  candle_ring closed;
};

struct alignas(64) candles::symbol_bars {
  candle second;               // has not been added to `all` yet
  std::int64_t newest_ns = never_ns, mono_ns = 0;  // the newest trade by the venue's clock, and when it came
  wire::symbol_id symbol{};
  std::uint8_t watched = 0;    // views, a bit each
  bool untold = false;         // in the list of those that the keeper is to be told of
  market_spell spell;          // of the market, that `second` is in
  const trading_hours* hours = nullptr;
  std::array<series, wire::period_count> all;

  series& at(period p) { return all[index_of(p)]; }
  const series& at(period p) const { return all[index_of(p)]; }
};

candles::candles(const wire::symbol_table& symbols, const bar_settings& settings, bar_listener& to)
    : symbols_(symbols), sessions_(settings.sessions), to_(to), keeper_(settings.keeper), budget_{settings.bytes / sizeof(candle)} {}

candles::~candles() = default;

candles::symbol_bars& candles::of(wire::symbol_id symbol) {
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

const candles::symbol_bars* candles::find(wire::symbol_id symbol) const {
  return index_of(symbol) < all_.size() ? all_[index_of(symbol)].get() : nullptr;
}

// ---- trades ----

void candles::trade(const wire::tick& t, std::int64_t mono_ns) {
  if (!counts(t)) return;
  if (!timed(t)) return too_late_.add();
  symbol_bars& b = of(t.symbol);
  const bool goes_on = !b.second.empty() &&
                       static_cast<std::uint64_t>(t.venue_ns - b.second.start_ns) < std::uint64_t{bar_second_ns};
  if (!goes_on && !enter(b, t, mono_ns)) {
    roll(b);
    for (period p : wire::all_periods) amend(b, p, t);
    return changed(b);
  }
  b.second.add(t);
  if (t.venue_ns >= b.newest_ns) b.newest_ns = t.venue_ns, b.mono_ns = mono_ns;
  if (b.watched) tell_open(b, t.arrived_ns);
}

// The first trade of a second, or of what is left of one. False: its second was over before.
bool candles::enter(symbol_bars& b, const wire::tick& t, std::int64_t mono_ns) {
  const std::int64_t start = span_of(b, period::s1, t.venue_ns)->start_ns;
  const series& seconds = b.at(period::s1);
  if (start < seconds.floor_ns || (!b.second.empty() && start < b.second.start_ns) ||
      (!seconds.open.empty() && start < seconds.open.start_ns))
    return false;
  roll(b);
  end_before(b, start, t.arrived_ns);
  b.second.begin(start);
  if (!b.spell.holds(start)) b.spell = b.hours->at(start);
  if (t.venue_ns >= b.newest_ns) b.newest_ns = t.venue_ns, b.mono_ns = mono_ns;
  expect_end(b, start + bar_second_ns);
  changed(b);
  return true;
}

// What the bar of this period that a moment belongs to begins and ends with; nothing: it belongs to none.
std::optional<candles::span> candles::span_of(symbol_bars& b, period p, std::int64_t venue_ns) const {
  if (p == period::d1) {
    const market_spell spell = b.spell.holds(venue_ns) ? b.spell : b.hours->at(venue_ns);
    if (!spell.trading) return std::nullopt;
    return span{spell.begin_ns, spell.end_ns};
  }
  const std::int64_t length = seconds_of(p) * bar_second_ns;
  const std::int64_t start = venue_ns - venue_ns % length;
  return span{start, start + length};
}

bool candles::counts_now(const symbol_bars& b, period p) {
  return !b.second.empty() && (p != period::d1 || b.spell.trading);
}

// The second goes into the open bars. They are of its time: what ended before it was closed when it began.
void candles::roll(symbol_bars& b) {
  if (b.second.empty()) return;
  for (period p : wire::all_periods) {
    if (!counts_now(b, p)) continue;
    series& s = b.at(p);
    if (s.open.empty()) {
      const span of = *span_of(b, p, b.second.start_ns);
      s.open.begin(of.start_ns);
      s.end_ns = of.end_ns;
    }
    s.open.add(b.second);
    s.last = b.second.last;
  }
  b.second.trades = 0;
}

// A trade that goes straight to where its time belongs: it is late, or from before the start.
void candles::amend(symbol_bars& b, period p, const wire::tick& t) {
  const auto of = span_of(b, p, t.venue_ns);
  if (!of) return;
  series& s = b.at(p);
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
  series& s = b.at(p);
  s.closed.push(s.open, budget_);
  s.floor_ns = s.end_ns;
  s.open.trades = 0;
  if (!s.closed.back().priced()) return;
  tell(b, p, s.closed.back(), wire::bar_state::closed, arrived_ns);
  if (keeper_) keeper_->keep(s.closed.back().as_bar(b.symbol, p, true));
}

void candles::close_due(std::int64_t mono_ns) {
  for (int left = closings_a_turn; left > 0 && closing_.next_ns().value_or(INT64_MAX) <= mono_ns; --left) {
    symbol_bars& b = *all_[index_of(closing_.next())];
    roll(b);
    end_before(b, b.newest_ns + (mono_ns - b.mono_ns) - grace_ns, mono_ns);
    std::int64_t next = INT64_MAX;
    for (const series& s : b.all)
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

candle candles::current(const symbol_bars& b, period p) {
  const series& s = b.at(p);
  candle now = s.open;
  if (s.open.empty()) {
    now.begin(p == period::d1 ? b.spell.begin_ns
                              : b.second.start_ns - b.second.start_ns % (seconds_of(p) * bar_second_ns));
  }
  if (counts_now(b, p)) now.add(b.second);
  return now;
}

void candles::tell_open(symbol_bars& b, std::int64_t arrived_ns) {
  for (period p : wire::all_periods) {
    if (!(b.watched & bit_of(bars_of(p))) || !counts_now(b, p)) continue;
    const candle now = current(b, p);
    if (now.priced()) tell(b, p, now, wire::bar_state::open, arrived_ns);
  }
  if (b.spell.trading) tell_stat(b, arrived_ns);
}

void candles::tell(const symbol_bars& b, period p, const candle& c, wire::bar_state state, std::int64_t arrived_ns) {
  if (!(b.watched & bit_of(bars_of(p)))) return;
  wire::notes notes;
  wire::tick t = tick_of(b.symbol, p, c, state, notes);
  t.arrived_ns = arrived_ns;
  to_.told(t, notes);
}

void candles::tell_stat(const symbol_bars& b, std::int64_t arrived_ns) {
  if (!(b.watched & bit_of(channel::stats))) return;
  wire::notes notes;
  wire::tick t{};
  if (!make_stat(b, t, notes)) return;
  t.arrived_ns = arrived_ns;
  to_.told(t, notes);
}

// Of this session, or the last one there was.
bool candles::make_stat(const symbol_bars& b, wire::tick& t, wire::notes& notes) {
  const series& days = b.at(period::d1);
  std::size_t before = days.closed.size();
  const auto previous = [&]() -> const candle* {
    while (before > 0)
      if (const candle& c = days.closed[--before]; c.priced()) return &c;
    return nullptr;
  };
  candle now;
  if (!days.open.empty() || counts_now(b, period::d1)) now = current(b, period::d1);
  if (!now.priced()) {
    const candle* const ended = previous();
    if (!ended) return false;
    now = *ended;
  }
  const candle* const last = previous();
  wire::bar_figures f = now.figures();
  change_of(f.close, last ? last->close() : f.open, f.change, f.percent);
  t.symbol = b.symbol;
  t.kind = wire::record_kind::stat;
  t.n = now.last;
  t.venue_ns = now.newest_ns();
  pack(f, t, notes);
  return true;
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
    for (period p : wire::all_periods) {
      if (p == period::s1 || (b.at(p).open.empty() && !counts_now(b, p))) continue;
      const candle now = current(b, p);
      if (now.priced()) keeper_->keep(now.as_bar(b.symbol, p, false));
    }
  }
  tell_ns_ = mono_ns + (telling_.empty() ? tell_every_ns : tell_pause_ns);
}

// ---- what answers show ----

wire::sequence candles::last(wire::symbol_id symbol, channel view) const {
  const symbol_bars* const b = find(symbol);
  if (!b) return 0;
  const period p = view == channel::stats ? period::d1 : period_of(view);
  const candle_ring& closed = b->at(p).closed;
  bool shown = current(*b, p).priced();
  for (std::size_t i = closed.size(); i > 0 && !shown; --i) shown = closed[i - 1].priced();
  if (!shown) return 0;
  return counts_now(*b, p) ? b->second.last : b->at(p).last;
}

std::int64_t candles::open_from(wire::symbol_id symbol, channel view) const {
  const symbol_bars* const b = find(symbol);
  return b && is_bars(view) ? b->at(period_of(view)).floor_ns : never_ns;
}

std::size_t candles::copy_last(wire::symbol_id symbol, channel view, std::size_t count, std::vector<wire::record>& to) const {
  const symbol_bars* const b = find(symbol);
  if (!b || count == 0) return 0;
  wire::notes notes;
  if (view == channel::stats) {
    wire::tick t{};
    if (!make_stat(*b, t, notes)) return 0;
    put(t, notes, to);
    return 1;
  }
  const period p = period_of(view);
  const series& s = b->at(p);
  const candle now = current(*b, p);
  const bool open = now.priced();
  std::size_t shown = open ? 1 : 0, from = s.closed.size();
  while (from > 0 && shown < count) shown += s.closed[--from].priced();
  for (; from < s.closed.size(); ++from)
    if (s.closed[from].priced()) put(tick_of(symbol, p, s.closed[from], wire::bar_state::closed, notes), notes, to);
  if (open) put(tick_of(symbol, p, now, wire::bar_state::open, notes), notes, to);
  return shown;
}

wire::sequence candles::copy_missed(wire::symbol_id symbol, channel view, std::int64_t start_ns, wire::sequence first,
                                    std::vector<wire::record>& to) const {
  const symbol_bars* const b = find(symbol);
  if (!b || !is_bars(view)) return copy_last(symbol, view, 1, to), 0;
  const period p = period_of(view);
  const series& s = b->at(p);
  wire::notes notes;
  for (std::size_t i = 0; i < s.closed.size(); ++i) {
    const candle& c = s.closed[i];
    if (!c.priced() || (c.start_ns < start_ns && c.last < first)) continue;
    const auto state = c.start_ns < start_ns ? wire::bar_state::revised : wire::bar_state::closed;
    put(tick_of(symbol, p, c, state, notes), notes, to);
  }
  if (const candle now = current(*b, p); now.priced()) put(tick_of(symbol, p, now, wire::bar_state::open, notes), notes, to);
  const bool gone = !s.closed.whole() && s.closed[0].start_ns > start_ns;
  return gone ? std::max(first, s.closed[0].first - 1) : 0;
}

// ---- from before the start ----

void candles::restore(const wire::tick& t, std::int64_t mono_ns) {
  if (!counts(t)) return;
  if (!timed(t)) return too_late_.add();
  symbol_bars& b = of(t.symbol);
  if (t.venue_ns >= b.newest_ns) b.newest_ns = t.venue_ns, b.mono_ns = mono_ns;
  for (period p : wire::all_periods) {
    // What is older than all that the archive gave is not to be made anew from a part of its trades.
    const auto of = span_of(b, p, t.venue_ns);
    if (of && of->start_ns >= b.at(p).taken_ns) amend(b, p, t);
  }
  changed(b);
}

void candles::take_back(const wire::bar& from, std::int64_t mono_ns) {
  symbol_bars& b = of(from.symbol);
  const auto of = span_of(b, from.period, from.start_ns);
  series& s = b.at(from.period);
  if (!of || from.start_ns < s.floor_ns) return;  // the hours are others now
  if (from.start_ns >= b.newest_ns) b.newest_ns = from.start_ns, b.mono_ns = mono_ns;
  s.last = std::max(s.last, from.last);
  if (s.taken_ns == never_ns) s.taken_ns = from.start_ns;
  if (from.closed) {
    s.closed.push(candle{from}, budget_);
    s.floor_ns = of->end_ns;
  } else {
    s.open = candle{from};
    s.end_ns = of->end_ns;
    expect_end(b, s.end_ns);
  }
}

}  // namespace tickcast::feed
