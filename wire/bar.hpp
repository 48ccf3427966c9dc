#pragma once
// What the trades of one stretch of time amount to. As long as the stretch lasts the bar is open and grows; then it is
// closed, and changes only when a trade of its time comes late.
#include <cstdint>

#include "wire/decimal.hpp"
#include "wire/period.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct bar {
  symbol_id symbol{};
  wire::period period = period_default;
  bool closed = false;
  std::int64_t start_ns = 0;  // Unix time by the venue's clock
  decimal open, high, low, close, volume;
  std::uint64_t trades = 0;
  sequence first = 0, last = 0;  // numbers of the first and the last trade in it; 0: they are of another epoch
  // When open and close were traded, so that one knows what a late trade is before and after; 0: nobody does.
  std::int64_t open_ns = 0, close_ns = 0;
};

}  // namespace tickcast::wire
