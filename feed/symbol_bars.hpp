#pragma once
// All bars of one symbol: of each period the closed ones and the open one, and the second that has not gone into them yet. It
// knows what a bar's time is, and what is shown; when bars end, and who is told, is the business of `candles`.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "feed/candle.hpp"
#include "feed/candle_ring.hpp"
#include "feed/trading_hours.hpp"
#include "wire/record.hpp"

namespace tickcast::feed {

inline constexpr std::int64_t never_ns = INT64_MIN;

// Of one period.
struct bar_series {
  candle open;                       // empty: there is none
  std::int64_t end_ns = 0;           // of the open one
  std::int64_t floor_ns = never_ns;  // the end of the newest closed one
  wire::sequence last = 0;           // number of the last trade that went into any
  std::int64_t taken_ns = never_ns;  // the oldest that came from an archive begins here
  candle_ring closed;
};

struct bar_span {
  std::int64_t start_ns, end_ns;
};

struct alignas(64) symbol_bars {
  static constexpr std::size_t hot_lines = 3;  // what a trade within its second touches, up to `watched`

  candle second;               // has not been added to `all` yet
  std::int64_t newest_ns = never_ns, mono_ns = 0;  // the newest trade by the venue's clock, and when it came
  std::int64_t floor_ns = never_ns;  // the latest end of any bar that was closed
  wire::symbol_id symbol{};
  std::uint8_t watched = 0;    // views, a bit each
  bool untold = false;         // in the list of those that the keeper is to be told of
  market_spell spell;          // of the market, that `second` is in
  const trading_hours* hours = nullptr;
  std::array<bar_series, wire::period_count> all;

  // A trade of this time has come now.
  void came(std::int64_t venue_ns, std::int64_t at_mono_ns) {
    if (venue_ns >= newest_ns) newest_ns = venue_ns, mono_ns = at_mono_ns;
  }

  bar_series& at(wire::period p) { return all[index_of(p)]; }
  const bar_series& at(wire::period p) const { return all[index_of(p)]; }

  // What the bar of this period that a moment belongs to begins and ends with; nothing: it belongs to none.
  std::optional<bar_span> span_of(wire::period p, std::int64_t venue_ns) const;
  // Whether `second` counts for this period.
  bool counts_now(wire::period p) const { return !second.empty() && (p != wire::period::d1 || spell.trading); }
  // The open bar with all that has come; not priced: there is none to be shown.
  candle current(wire::period p) const;
  // The second goes into the open bars. They are of its time: what ended before it was closed when it began.
  void roll();

  wire::tick tick_of(wire::period p, const candle& c, wire::bar_state state, wire::notes& notes) const;
  // Of this session, or the last one there was. False: there was none.
  bool make_stat(wire::tick& t, wire::notes& notes) const;

  // As `candles` gives them.
  wire::sequence last(wire::channel view) const;
  std::size_t copy_last(wire::channel view, std::size_t count, std::vector<wire::record>& to) const;
  wire::sequence copy_missed(wire::channel view, std::int64_t start_ns, wire::sequence first, std::vector<wire::record>& to) const;
};

}  // namespace tickcast::feed
