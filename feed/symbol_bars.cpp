#include "feed/symbol_bars.hpp"

#include "wire/merge.hpp"

namespace tickcast::feed {
namespace {

using wire::channel, wire::period, wire::bar_second_ns;

void put(const wire::tick& t, const wire::notes& notes, std::vector<wire::record>& to) {
  notes.split(t.symbol, [&](const wire::note& n) { to.emplace_back(n); });
  to.emplace_back(t);
}

}  // namespace

std::optional<bar_span> symbol_bars::span_of(period p, std::int64_t venue_ns) const {
  if (p == period::d1) {
    const market_spell of = spell.holds(venue_ns) ? spell : hours->at(venue_ns);
    if (!of.trading) return std::nullopt;
    return bar_span{of.begin_ns, of.end_ns};
  }
  const std::int64_t length = seconds_of(p) * bar_second_ns;
  const std::int64_t start = venue_ns - venue_ns % length;
  return bar_span{start, start + length};
}

void symbol_bars::roll() {
  if (second.empty()) return;
  for (period p : wire::all_periods) {
    if (!counts_now(p)) continue;
    bar_series& s = at(p);
    if (s.open.empty()) {
      const bar_span of = *span_of(p, second.start_ns);
      s.open.begin(of.start_ns);
      s.end_ns = of.end_ns;
    }
    s.open.add(second);
    s.last = second.last;
  }
  second.trades = 0;
}

candle symbol_bars::current(period p) const {
  const bar_series& s = at(p);
  candle now = s.open;
  if (s.open.empty()) {
    now.begin(p == period::d1 ? spell.begin_ns
                              : second.start_ns - second.start_ns % (seconds_of(p) * bar_second_ns));
  }
  if (counts_now(p)) now.add(second);
  return now;
}

wire::tick symbol_bars::tick_of(period p, const candle& c, wire::bar_state state, wire::notes& notes) const {
  wire::tick t{};
  t.symbol = symbol;
  t.kind = static_cast<wire::record_kind>(static_cast<std::size_t>(wire::record_kind::bar_1s) + index_of(p));
  t.state = state;
  t.n = c.last;
  t.venue_ns = c.start_ns;
  pack(c.figures(), t, notes);
  return t;
}

bool symbol_bars::make_stat(wire::tick& t, wire::notes& notes) const {
  const bar_series& days = at(period::d1);
  std::size_t before = days.closed.size();
  const auto previous = [&]() -> const candle* {
    while (before > 0)
      if (const candle& c = days.closed[--before]; c.priced()) return &c;
    return nullptr;
  };
  candle now;
  if (!days.open.empty() || counts_now(period::d1)) now = current(period::d1);
  if (!now.priced()) {
    const candle* const ended = previous();
    if (!ended) return false;
    now = *ended;
  }
  const candle* const last = previous();
  wire::bar_figures f = now.figures();
  change_of(f.close, last ? last->close() : f.open, f.change, f.percent);
  t.symbol = symbol;
  t.kind = wire::record_kind::stat;
  t.n = now.last;
  t.venue_ns = now.newest_ns();
  pack(f, t, notes);
  return true;
}

// ---- what answers show ----

wire::sequence symbol_bars::last(channel view) const {
  const period p = view == channel::stats ? period::d1 : period_of(view);
  const candle_ring& closed = at(p).closed;
  bool shown = current(p).priced();
  for (std::size_t i = closed.size(); i > 0 && !shown; --i) shown = closed[i - 1].priced();
  if (!shown) return 0;
  return counts_now(p) ? second.last : at(p).last;
}

std::size_t symbol_bars::copy_last(channel view, std::size_t count, std::vector<wire::record>& to) const {
  if (count == 0) return 0;
  wire::notes notes;
  if (view == channel::stats) {
    wire::tick t{};
    if (!make_stat(t, notes)) return 0;
    put(t, notes, to);
    return 1;
  }
  const period p = period_of(view);
  const bar_series& s = at(p);
  const candle now = current(p);
  const bool open = now.priced();
  std::size_t shown = open ? 1 : 0, from = s.closed.size();
  while (from > 0 && shown < count) shown += s.closed[--from].priced();
  for (; from < s.closed.size(); ++from)
    if (s.closed[from].priced()) put(tick_of(p, s.closed[from], wire::bar_state::closed, notes), notes, to);
  if (open) put(tick_of(p, now, wire::bar_state::open, notes), notes, to);
  return shown;
}

wire::sequence symbol_bars::copy_missed(channel view, std::int64_t start_ns, wire::sequence first, std::vector<wire::record>& to) const {
  if (!is_bars(view)) return copy_last(view, 1, to), 0;
  const period p = period_of(view);
  const bar_series& s = at(p);
  wire::notes notes;
  for (std::size_t i = 0; i < s.closed.size(); ++i) {
    const candle& c = s.closed[i];
    if (!c.priced() || (c.start_ns < start_ns && c.last < first)) continue;
    const auto state = c.start_ns < start_ns ? wire::bar_state::revised : wire::bar_state::closed;
    put(tick_of(p, c, state, notes), notes, to);
  }
  if (const candle now = current(p); now.priced()) put(tick_of(p, now, wire::bar_state::open, notes), notes, to);
  const bool gone = !s.closed.whole() && s.closed[0].start_ns > start_ns;
  return gone ? std::max(first, s.closed[0].first - 1) : 0;
}

}  // namespace tickcast::feed
