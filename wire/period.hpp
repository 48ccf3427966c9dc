#pragma once
// How long a bar is. A day is a session of its market, which need not have 24 hours; the others begin at whole multiples
// of their length in Unix time.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcast::wire {

enum class period : std::uint8_t { s1, m1, m5, m15, h1, d1 };

inline constexpr std::size_t period_count = 6;
inline constexpr std::array<std::string_view, period_count> period_names{"1s", "1m", "5m", "15m", "1h", "1d"};
inline constexpr std::array<period, period_count> all_periods{period::s1,  period::m1, period::m5,
                                                              period::m15, period::h1, period::d1};
inline constexpr period period_default = period::m1;

constexpr std::size_t index_of(period p) { return static_cast<std::size_t>(p); }
constexpr std::string_view name_of(period p) { return period_names[index_of(p)]; }

// Of a day: the longest that a session can be.
constexpr std::int64_t seconds_of(period p) {
  constexpr std::array<std::int64_t, period_count> seconds{1, 60, 300, 900, 3600, 86'400};
  return seconds[index_of(p)];
}

constexpr std::optional<period> period_named(std::string_view name) {
  for (period p : all_periods)
    if (name_of(p) == name) return p;
  return std::nullopt;
}

}  // namespace tickcast::wire
