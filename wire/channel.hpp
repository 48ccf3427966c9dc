#pragma once
// The channels a client can subscribe to. The bars of each period are a channel of their own here, since they come, are
// merged and are let go each for themselves; a client knows them as one channel with a `period`. Everything between feed
// and socket is indexed by `channel` and knows no names.
//
// `trades`, `quotes`, `book` and `status` are told by the feed, and numbered without holes. `bars` and `stats` are views of
// the trades: their number is that of the last trade in them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/period.hpp"

namespace tickcast::wire {

enum class channel : std::uint8_t {
  trades, quotes, book, status, stats, bars_1s, bars_1m, bars_5m, bars_15m, bars_1h, bars_1d,
};

inline constexpr std::size_t channel_count = 11;
inline constexpr std::array<channel, channel_count> all_channels{
    channel::trades,  channel::quotes,  channel::book,     channel::status,  channel::stats,  channel::bars_1s,
    channel::bars_1m, channel::bars_5m, channel::bars_15m, channel::bars_1h, channel::bars_1d};
// Each by a name of its own, for metrics and SBE.
inline constexpr std::array<std::string_view, channel_count> channel_labels{
    "trades",  "quotes",  "book",     "status",  "stats",  "bars_1s",
    "bars_1m", "bars_5m", "bars_15m", "bars_1h", "bars_1d"};
// As clients name them.
inline constexpr std::array<std::string_view, 6> channel_names{"trades", "quotes", "bars", "book", "stats", "status"};

constexpr std::size_t index_of(channel c) { return static_cast<std::size_t>(c); }
constexpr std::string_view label_of(channel c) { return channel_labels[index_of(c)]; }

constexpr bool is_bars(channel c) { return c >= channel::bars_1s; }
constexpr bool is_view(channel c) { return c >= channel::stats; }  // of the trades
constexpr channel bars_of(period p) { return static_cast<channel>(index_of(channel::bars_1s) + index_of(p)); }
constexpr period period_of(channel bars) { return static_cast<period>(index_of(bars) - index_of(channel::bars_1s)); }

constexpr std::string_view name_of(channel c) { return is_bars(c) ? "bars" : label_of(c); }

constexpr std::optional<channel> channel_named(std::string_view name, period p = period_default) {
  if (name == "bars") return bars_of(p);
  for (channel c : all_channels)
    if (!is_bars(c) && label_of(c) == name) return c;
  return std::nullopt;
}

}  // namespace tickcast::wire
