#pragma once
// What the simulator knows of one symbol that does not change: where its price starts, how it is quoted, how lively it
// is. Two dozen are well known; any number of others can be drawn.
#include <cstdint>
#include <span>
#include <string>

#include "feed/random.hpp"

namespace tickcast::feed {

struct instrument {
  std::string name;
  double price = 100;            // at the start
  std::int64_t step = 1;         // the tick size: step × 10^price_exponent
  std::int8_t price_exponent = -2;
  double spread = 1;             // usual, in steps
  double volatility = 0.3;       // a year
  std::int64_t lot = 100;        // quoted sizes are multiples of lot × 10^size_exponent
  std::int8_t size_exponent = 0;
  double lots = 3;               // usual number of them
  bool odd_lots = true;          // trades may be smaller than a lot
  bool venues = true;            // trades say where they happened
  double weight = 1;             // share of all ticks
};

std::span<const instrument> well_known();
instrument drawn(std::string name, std::size_t rank, random& dice);  // rank: 0 is the liveliest

}  // namespace tickcast::feed
