#pragma once
// Ticks for tests, written the way people read them: decimals as text, notes as strings.
#include <cstring>
#include <string_view>

#include "wire/decimal.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

inline tick trade(sequence n, std::string_view price, std::string_view size) {
  const decimal p = parse_decimal(price).value(), q = parse_decimal(size).value();
  tick t{};
  t.kind = record_kind::trade;
  t.n = n;
  t.price_exponent = p.exponent;
  t.size_exponent = q.exponent;
  t.venue_ns = 1'732'060'800'123'456'789;
  t.trade = {p.mantissa, q.mantissa, {}, 0};
  return t;
}

inline tick at_venue(const tick& from, std::string_view venue) {
  tick t = from;
  std::memcpy(t.trade.venue, venue.data(), venue.size());
  return t;
}

inline tick on_side(const tick& from, trade_side side) {
  tick t = from;
  t.side = side;
  return t;
}

inline tick quote(sequence n, std::string_view bid, std::string_view bid_size, std::string_view ask,
                  std::string_view ask_size) {
  decimal b = parse_decimal(bid).value(), bq = parse_decimal(bid_size).value();
  decimal a = parse_decimal(ask).value(), aq = parse_decimal(ask_size).value();
  align(b, a);
  align(bq, aq);
  tick t{};
  t.kind = record_kind::quote;
  t.n = n;
  t.price_exponent = b.exponent;
  t.size_exponent = bq.exponent;
  t.venue_ns = 1'732'060'800'123'456'789;
  t.quote = {b.mantissa, bq.mantissa, a.mantissa, aq.mantissa};
  return t;
}

}  // namespace tickcast::wire
