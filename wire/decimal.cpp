#include "wire/decimal.hpp"

#include <array>
#include <charconv>

namespace tickcast::wire {
namespace {

constexpr int digits_max = 18;  // every 18-digit number fits an int64, so the loop below cannot overflow

constexpr std::array<std::int64_t, 19> powers = [] {
  std::array<std::int64_t, 19> p{1};
  for (std::size_t i = 1; i < p.size(); ++i) p[i] = p[i - 1] * 10;
  return p;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Sign and digits of a JSON number's exponent part; `at` stands behind the 'e'.
bool read_exponent(std::string_view text, std::size_t& at, int& exponent) {
  bool negative = false;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
  if (at == text.size() || !is_digit(text[at])) return false;
  int value = 0;
  for (; at < text.size() && is_digit(text[at]); ++at)
    if (value < 10000) value = value * 10 + (text[at] - '0');
  exponent = negative ? -value : value;
  return true;
}

}  // namespace

std::optional<decimal> parse_decimal(std::string_view text) {
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  if (at == text.size() || !is_digit(text[at])) return std::nullopt;
  if (text[at] == '0' && at + 1 < text.size() && is_digit(text[at + 1])) return std::nullopt;

  std::int64_t mantissa = 0;
  int digits = 0, exponent = 0, zeros = 0;  // zeros: seen, and only worth writing if another digit follows
  bool fraction = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (fraction || at + 1 == text.size() || !is_digit(text[at + 1])) return std::nullopt;
      fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (fraction) --exponent;
    if (c == '0') {
      if (mantissa != 0) ++zeros;
      continue;
    }
    digits += zeros + 1;
    if (digits > digits_max) return std::nullopt;
    mantissa = mantissa * powers[static_cast<std::size_t>(zeros + 1)] + (c - '0');
    zeros = 0;
  }
  exponent += zeros;
  if (at < text.size()) {
    int written = 0;
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    if (!read_exponent(text, ++at, written) || at != text.size()) return std::nullopt;
    exponent += written;
  }
  if (mantissa == 0) return decimal{};
  if (exponent > decimal_exponent_limit || exponent < -decimal_exponent_limit) return std::nullopt;
  // Whole numbers keep exponent 0 while they fit, so that sizes such as 100 and 15 share one.
  if (exponent > 0 && digits + exponent <= digits_max) {
    mantissa *= powers[static_cast<std::size_t>(exponent)];
    exponent = 0;
  }
  return decimal{negative ? -mantissa : mantissa, static_cast<std::int8_t>(exponent)};
}

char* write_decimal(char* to, std::int64_t mantissa, int exponent) {
  if (mantissa == 0) {
    *to++ = '0';
    return to;
  }
  if (exponent >= 0) {
    to = std::to_chars(to, to + 20, mantissa).ptr;
    while (exponent-- > 0) *to++ = '0';
    return to;
  }
  auto rest = static_cast<std::uint64_t>(mantissa);
  if (mantissa < 0) {
    *to++ = '-';
    rest = 0 - rest;
  }
  while (exponent < 0 && rest % 10 == 0) rest /= 10, ++exponent;
  char digits[20];
  const int count = static_cast<int>(std::to_chars(digits, digits + sizeof digits, rest).ptr - digits);
  const int whole = count + exponent;  // digits before the point; none or fewer: zeros after it
  if (whole <= 0) {
    *to++ = '0';
    *to++ = '.';
    for (int i = whole; i < 0; ++i) *to++ = '0';
  }
  for (int i = 0; i < count; ++i) {
    if (i == whole && whole > 0) *to++ = '.';
    *to++ = digits[i];
  }
  return to;
}

std::string to_text(decimal value) {
  char text[decimal_text_max];
  return {text, write_decimal(text, value.mantissa, value.exponent)};
}

bool align(decimal& a, decimal& b) {
  decimal& high = a.exponent > b.exponent ? a : b;
  const std::int8_t low = a.exponent > b.exponent ? b.exponent : a.exponent;
  decimal& other = &high == &a ? b : a;
  if (high.mantissa == 0) return high.exponent = low, true;
  const int up = high.exponent - low;
  std::int64_t scaled = 0;
  if (up > 18 || __builtin_mul_overflow(high.mantissa, powers[static_cast<std::size_t>(up)], &scaled)) {
    if (other.mantissa != 0) return false;
    other.exponent = high.exponent;  // a zero fits any exponent
    return true;
  }
  high = {scaled, low};
  return true;
}

int compare(decimal a, decimal b) {
  if (a.exponent == b.exponent || align(a, b)) return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
  // One of them cannot be put on the other's exponent: the signs decide, else the higher exponent is the larger size.
  const int sign_a = (a.mantissa > 0) - (a.mantissa < 0), sign_b = (b.mantissa > 0) - (b.mantissa < 0);
  if (sign_a != sign_b) return sign_a < sign_b ? -1 : 1;
  return (a.exponent > b.exponent) == (sign_a > 0) ? 1 : -1;
}

std::optional<decimal> add(decimal a, decimal b) {
  if (a.exponent != b.exponent && !align(a, b)) return std::nullopt;
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.mantissa, b.mantissa, &sum)) return std::nullopt;
  return decimal{sum, a.exponent};
}

decimal normal(decimal value) {
  if (value.mantissa == 0) return {};
  while (value.exponent < 0 && value.mantissa % 10 == 0) value.mantissa /= 10, ++value.exponent;
  return value;
}

}  // namespace tickcast::wire
