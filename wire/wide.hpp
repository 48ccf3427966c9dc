#pragma once
// A sum of decimals with room for 37 digits: the volume of a bar, which trades of 18 digits each add to. Only when it is
// told it must fit a `decimal` again: what is beyond 18 digits is cut off then, and only then.
#include <cstdint>

#include "wire/decimal.hpp"

namespace tickcast::wire {

__extension__ typedef __int128 int128;

class wide {
 public:
  wide() = default;
  explicit wide(decimal d) : mantissa_(d.mantissa), exponent_(d.exponent) {}

  void add(decimal d) {
    int128 sum = 0;
    if (d.exponent == exponent_ && !__builtin_add_overflow(mantissa_, d.mantissa, &sum) && sum < limit && sum > -limit) {
      mantissa_ = sum;
    } else {
      add(d.mantissa, d.exponent);
    }
  }
  void add(const wide& other) { add(other.mantissa_, other.exponent_); }

  // With at most 18 digits.
  decimal value() const;

 private:
  static constexpr int128 limit = int128{1'000'000'000'000'000'000} * int128{1'000'000'000'000'000'000} * 10;

  void add(int128 mantissa, int exponent);

  int128 mantissa_ = 0;
  std::int8_t exponent_ = 0;
};

}  // namespace tickcast::wire
