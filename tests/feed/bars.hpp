#pragma once
// Bars for tests: by number, each distinguishable from all others.
#include "wire/bar.hpp"

namespace tickcast::feed {

inline constexpr std::int64_t second_ns = 1'000'000'000;
inline constexpr std::int64_t noon_ns = 1'732'104'000 * second_ns;  // 2024-11-20 12:00 UTC

// The `number`-th of its stream, counted from noon.
inline wire::bar bar_of(wire::symbol_id symbol, wire::period p, std::int64_t number, bool closed = true) {
  wire::bar b;
  b.symbol = symbol;
  b.period = p;
  b.closed = closed;
  b.start_ns = noon_ns + number * wire::seconds_of(p) * second_ns;
  b.open = {10'001 + number, -2};
  b.high = {10'090 + number, -2};
  b.low = {9'905 + number, -2};
  b.close = wire::normal({10'050 + number, -2});
  b.volume = {100 + number, 0};
  b.trades = static_cast<std::uint64_t>(7 + number);
  b.first = static_cast<wire::sequence>(1 + number * 10);
  b.last = static_cast<wire::sequence>(7 + number * 10);
  b.open_ns = b.start_ns + 5;
  b.close_ns = b.start_ns + 999'999'999;
  return b;
}

// Everything a bar says, as a text.
inline std::string text_of(const wire::bar& b) {
  return std::string{name_of(b.period)} + (b.closed ? " closed " : " open ") + std::to_string(b.start_ns) + " o" + to_text(wire::normal(b.open)) + " h" +
         to_text(wire::normal(b.high)) + " l" + to_text(wire::normal(b.low)) + " c" + to_text(wire::normal(b.close)) + " v" + to_text(wire::normal(b.volume)) +
         " k" + std::to_string(b.trades) + " " + std::to_string(b.first) + "…" + std::to_string(b.last) + " " +
         std::to_string(b.open_ns) + "…" + std::to_string(b.close_ns);
}

}  // namespace tickcast::feed
