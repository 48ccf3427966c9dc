#pragma once
// An exact decimal: mantissa × 10^exponent, the form SBE gives prices too. What a feed wrote is what a client reads,
// digit for digit; no float is ever involved. Zeros at the end of a fraction are dropped on the way in, so equal
// numbers have one form and compare by their members.
//
// It does no arithmetic beyond putting two of them on one exponent (`align`), which quotes need to fit a cache line.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tickcast::wire {

struct decimal {
  std::int64_t mantissa = 0;
  std::int8_t exponent = 0;

  friend bool operator==(const decimal&, const decimal&) = default;
};

// The longest text `append_decimal` can write: sign, 19 digits and 18 zeros beside them, or "0." and zeros before them.
inline constexpr std::size_t decimal_text_max = 48;
inline constexpr int decimal_exponent_limit = 18;

// Reads a JSON number (`-12.50`, `1e-7`). Nothing when it is no number, has more than 18 significant digits, or an
// exponent beyond ±18.
std::optional<decimal> parse_decimal(std::string_view text);

// Writes at most `decimal_text_max` characters at `to`, without an exponent; returns the end.
char* write_decimal(char* to, std::int64_t mantissa, int exponent);

std::string to_text(decimal value);

// Puts both on the smaller exponent (a zero that forces a scale too fine takes the other's). False when one of the
// mantissas would not fit.
bool align(decimal& a, decimal& b);

// Order of two decimals whatever their exponents: negative, zero, positive.
int compare(decimal a, decimal b);

// The exact sum; nothing when it does not fit.
std::optional<decimal> add(decimal a, decimal b);

// The same number with no zero at the end of its fraction.
decimal normal(decimal value);

}  // namespace tickcast::wire
