#include "wire/wide.hpp"

#include <algorithm>

namespace tickcast::wire {
namespace {

constexpr std::int64_t told_max = 999'999'999'999'999'999;

}  // namespace

void wide::add(int128 mantissa, int exponent) {
  if (mantissa == 0) return;
  if (mantissa_ == 0) exponent_ = static_cast<std::int8_t>(exponent);
  const auto refine = [](int128& m, int& e, int to) {
    for (; e > to && m < limit / 10 && m > -limit / 10; --e) m *= 10;
  };
  int own = exponent_;
  refine(mantissa, exponent, own);
  refine(mantissa_, own, exponent);
  // What still differs has no room: the last digits of the finer one go.
  for (; exponent < own; ++exponent) mantissa /= 10;
  for (; own < exponent; ++own) mantissa_ /= 10;
  mantissa_ += mantissa;
  if (mantissa_ >= limit || mantissa_ <= -limit) mantissa_ /= 10, ++own;
  exponent_ = static_cast<std::int8_t>(own);
}

decimal wide::value() const {
  int128 m = mantissa_;
  int e = exponent_;
  if (m == 0) return {};
  while (e < 0 && m % 10 == 0) m /= 10, ++e;
  while (m > told_max || m < -told_max) m /= 10, ++e;
  if (e > decimal_exponent_limit) return {m > 0 ? told_max : -told_max, decimal_exponent_limit};
  return {static_cast<std::int64_t>(m), static_cast<std::int8_t>(e)};
}

}  // namespace tickcast::wire
