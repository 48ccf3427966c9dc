#pragma once
// Ticks as they usually are: two places in the price, round sizes.
#include "wire/tick.hpp"

namespace tickcast {

inline wire::tick numbered(wire::record_kind kind, wire::sequence n) {
  wire::tick t{};
  t.kind = kind;
  t.n = n;
  t.price_exponent = -2;
  t.venue_ns = 1'732'060'800'123'456'789;
  t.arrived_ns = 1;
  return t;
}

inline wire::tick trade(wire::sequence n) {
  wire::tick t = numbered(wire::record_kind::trade, n);
  t.side = wire::trade_side::buy;
  t.trade = {18'900 + static_cast<std::int64_t>(n % 100), 100, {'Q'}, 0};
  return t;
}

inline wire::tick quote(wire::sequence n) {
  wire::tick t = numbered(wire::record_kind::quote, n);
  t.quote = {18'933, 200, 18'935, 100};
  return t;
}

}  // namespace tickcast
