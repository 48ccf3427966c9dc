#include "wire/decimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>

namespace tickcast::wire {

// So that a failure shows the number and its form.
void PrintTo(const decimal& d, std::ostream* to) { *to << d.mantissa << "e" << int{d.exponent}; }

namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

// Another way to the same: the number's digits moved about as text, with no arithmetic in it.
struct written {
  bool negative = false;
  std::string digits;  // significant ones; empty: zero
  int exponent = 0;    // of the last digit

  explicit written(std::string_view text) {
    negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (const auto e = text.find_first_of("eE"); e != text.npos) {
      exponent = std::stoi(std::string(text.substr(e + 1)));
      text = text.substr(0, e);
    }
    digits = text;
    if (const auto point = digits.find('.'); point != digits.npos) {
      exponent -= static_cast<int>(digits.size() - point - 1);
      digits.erase(point, 1);
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    while (digits.ends_with('0')) digits.pop_back(), ++exponent;
  }

  bool fits() const { return digits.empty() || (digits.size() <= 18 && exponent >= -18 && exponent <= 18); }

  std::string plain() const {
    if (digits.empty()) return "0";
    std::string text = digits;
    if (exponent >= 0) {
      text.append(static_cast<std::size_t>(exponent), '0');
    } else {
      const auto places = static_cast<std::size_t>(-exponent);
      if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
      text.insert(text.size() - places, ".");
    }
    return (negative ? "-" : "") + text;
  }
};

// Order of two plain texts, by their digits.
int order(std::string a, std::string b) {
  const bool below_a = a.starts_with('-'), below_b = b.starts_with('-');
  if (below_a != below_b) return below_a ? -1 : 1;
  if (below_a) return -order(a.substr(1), b.substr(1));
  const auto whole = [](const std::string& s) { return std::min(s.find('.'), s.size()); };
  if (whole(a) != whole(b)) return whole(a) < whole(b) ? -1 : 1;
  const int by_digits = a.compare(b);  // the same length before the point, and '.' is below every digit
  return (by_digits > 0) - (by_digits < 0);
}

class random_numbers {
 public:
  std::string text(int exponent_span = 22) {
    std::string digits;
    const int count = pick(1, 19);
    for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + (pick(0, 3) ? pick(0, 9) : 0));
    const int whole = pick(1, count);
    std::string text = digits.substr(0, static_cast<std::size_t>(whole));
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    if (whole < count) text += "." + digits.substr(static_cast<std::size_t>(whole));
    if (pick(0, 2) == 0) text += (pick(0, 1) ? "e" : "E") + std::to_string(pick(-exponent_span, exponent_span));
    return (pick(0, 1) ? "-" : "") + text;
  }
  decimal value() {
    for (;;)
      if (const auto v = parse_decimal(text())) return *v;
  }
  int pick(int from, int to) { return std::uniform_int_distribution{from, to}(engine_); }

 private:
  std::mt19937_64 engine_{20261120};
};

TEST(Decimal, WritesEveryNumberWithTheDigitsItWasGiven) {
  const std::pair<const char*, const char*> table[] = {
      {"0", "0"}, {"-0", "0"}, {"0.0", "0"}, {"0e5", "0"}, {"-0.000e-9", "0"}, {"0e99999999999", "0"},
      {"1", "1"}, {"-1", "-1"}, {"10", "10"}, {"100", "100"}, {"1e2", "100"}, {"1E+2", "100"}, {"1e-2", "0.01"},
      {"189.34", "189.34"}, {"0.10", "0.1"}, {"0.1", "0.1"}, {"1.0", "1"}, {"100.00", "100"}, {"-12.50", "-12.5"},
      {"1e-7", "0.0000001"}, {"0.0000001", "0.0000001"}, {"0.00000000000000001", "0.00000000000000001"},
      {"1e-18", "0.000000000000000001"}, {"-1e-18", "-0.000000000000000001"}, {"1e18", "1000000000000000000"},
      {"999999999999999999", "999999999999999999"}, {"-999999999999999999", "-999999999999999999"},
      {"0.999999999999999999", "0.999999999999999999"}, {"99999999.9999999999", "99999999.9999999999"},
      {"123456789012345678e18", "123456789012345678000000000000000000"},
      {"123456789012345678e-18", "0.123456789012345678"}, {"1.5e3", "1500"}, {"150e-2", "1.5"}, {"15e-1", "1.5"},
      {"1000000000000000000000e-3", "1000000000000000000"}, {"0.000000000000000000000001e24", "1"},
      {"1.00000000000000000000000000000", "1"}, {"5e0", "5"}, {"5e-0", "5"}, {"5e+00", "5"}, {"1e0018", "1000000000000000000"},
  };
  for (const auto& [given, expected] : table) {
    const auto value = parse_decimal(given);
    ASSERT_TRUE(value) << given;
    EXPECT_EQ(to_text(*value), expected) << given;
  }
}

TEST(Decimal, HasOneFormForEqualNumbers) {
  const std::pair<const char*, decimal> table[] = {
      {"0.000", {0, 0}}, {"-0e7", {0, 0}}, {"100", {100, 0}}, {"1e2", {100, 0}}, {"100.00", {100, 0}},
      {"0.10", {1, -1}}, {"10e-2", {1, -1}}, {"189.340", {18934, -2}}, {"18934e-2", {18934, -2}},
      {"1e17", {100'000'000'000'000'000, 0}}, {"1e18", {1, 18}}, {"10e17", {1, 18}}, {"1000000000000000000", {1, 18}},
      {"12e17", {12, 17}}, {"1200000000000000000", {12, 17}}, {"-1.2e18", {-12, 17}},
  };
  for (const auto& [text, form] : table) EXPECT_EQ(parse_decimal(text), form) << text;
}

TEST(Decimal, ReadsEveryCountOfDigitsUpToEighteen) {
  std::string digits;
  for (int count = 1; count <= 18; ++count) {
    digits += static_cast<char>('0' + count % 9 + 1);
    for (std::size_t point = 1; point <= digits.size(); ++point) {
      std::string text = digits;
      if (point < digits.size()) text.insert(point, ".");
      const auto value = parse_decimal(text);
      ASSERT_TRUE(value) << text;
      EXPECT_EQ(to_text(*value), text);
      EXPECT_EQ(to_text(*parse_decimal("-" + text)), "-" + text);
    }
    const std::string small = "0." + std::string(static_cast<std::size_t>(18 - count), '0') + digits;
    EXPECT_EQ(to_text(*parse_decimal(small)), small);
  }
  EXPECT_FALSE(parse_decimal(digits + "1"));
  EXPECT_FALSE(parse_decimal(digits + "01"));
  EXPECT_FALSE(parse_decimal("0.1" + digits));
  EXPECT_TRUE(parse_decimal(digits + "0")) << "a zero at the end is no digit to keep";
}

TEST(Decimal, ReadsEveryExponentUpToEighteenEachWay) {
  for (int exponent = -18; exponent <= 18; ++exponent)
    EXPECT_EQ(to_text(*parse_decimal("7e" + std::to_string(exponent))), written("7e" + std::to_string(exponent)).plain());
  for (const char* text : {"7e19", "7e-19", "0.7e-18", "70e18", "1e99999999999999999999", "1e-99999999999999999999",
                           "10000000000000000000", "0.0000000000000000001"})
    EXPECT_FALSE(parse_decimal(text)) << text;
}

TEST(Decimal, RefusesWhatIsNoJsonNumber) {
  for (const char* text : {"", "-", "+1", "--1", ".5", "5.", "-.5", "1.e2", "1.2.3", "1e", "1e+", "1e-", "1e1.5", "1e 2",
                           "01", "00", "-01", "0x10", "1a", " 1", "1 ", "1,0", "1_0", "NaN", "Infinity", "-Infinity",
                           "null", "\"1\"", "e5", "1ee5", "1e5e5", "1e--5", "1e+-5", "\xC2\xB2"})
    EXPECT_FALSE(parse_decimal(text)) << text;
  EXPECT_FALSE(parse_decimal(std::string_view{"1\0", 2}));
}

TEST(Decimal, AgreesWithItsOwnDigitsMovedAsText) {
  random_numbers numbers;
  int refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = numbers.text();
    const written by_hand{text};
    const auto value = parse_decimal(text);
    ASSERT_EQ(value.has_value(), by_hand.fits()) << text;
    if (!value) {
      ++refused;
      continue;
    }
    ASSERT_EQ(to_text(*value), by_hand.plain()) << text;
    ASSERT_EQ(parse_decimal(to_text(*value)), *value) << text;
    ASSERT_EQ(normal(*value), *value) << text;
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 25'000);
}

TEST(Decimal, WritesMantissasThatNoTextWouldGive) {
  EXPECT_EQ(to_text({1500, -2}), "15");
  EXPECT_EQ(to_text({1510, -2}), "15.1");
  EXPECT_EQ(to_text({100, -3}), "0.1");
  EXPECT_EQ(to_text({0, -18}), "0");
  EXPECT_EQ(to_text({0, 18}), "0");
  EXPECT_EQ(to_text({int64_max, 0}), "9223372036854775807");
  EXPECT_EQ(to_text({int64_min, 0}), "-9223372036854775808");
  EXPECT_EQ(to_text({int64_max, -18}), "9.223372036854775807");
  EXPECT_EQ(to_text({int64_min, -18}), "-9.223372036854775808");
  EXPECT_EQ(to_text({int64_min, 18}), "-9223372036854775808000000000000000000");
  EXPECT_LE(to_text({int64_min, 18}).size(), decimal_text_max);
}

TEST(Decimal, AlignsOntoTheSmallerExponent) {
  decimal a{5, 0}, b{25, -2};
  ASSERT_TRUE(align(a, b));
  EXPECT_EQ(a, (decimal{500, -2}));
  EXPECT_EQ(b, (decimal{25, -2}));
  ASSERT_TRUE(align(b, a)) << "they are already";
  EXPECT_EQ(a, (decimal{500, -2}));

  decimal zero{}, small{1, -18};
  ASSERT_TRUE(align(zero, small));
  EXPECT_EQ(zero, (decimal{0, -18}));
  EXPECT_EQ(small, (decimal{1, -18}));

  decimal most{9, 18}, one{1, 0};
  ASSERT_TRUE(align(one, most));
  EXPECT_EQ(most, (decimal{9'000'000'000'000'000'000, 0}));
}

TEST(Decimal, LeavesWhatItCannotAlignAsItWas) {
  const std::pair<decimal, decimal> table[] = {
      {{10, 18}, {1, 0}},                        // 10^19 is beyond an int64
      {{-10, 18}, {1, 0}},
      {{1, 1}, {1, -18}},                        // 19 places
      {{1, 18}, {1, -18}},                       // 36 places
      {{922'337'203'685'477'581, 0}, {1, -1}},   // 9.2e18 and three more than there is
  };
  for (const auto& [high, low] : table) {
    decimal a = high, b = low;
    EXPECT_FALSE(align(a, b));
    EXPECT_EQ(a, high);
    EXPECT_EQ(b, low);
    EXPECT_FALSE(align(b, a));
    EXPECT_EQ(a, high);
    EXPECT_EQ(b, low);
  }
}

TEST(Decimal, AlignsZeroWithAnything) {
  decimal zero{}, large{12, 18};
  ASSERT_TRUE(align(zero, large));
  EXPECT_EQ(zero.exponent, large.exponent);
  EXPECT_EQ(compare(large, {12, 18}), 0);
  EXPECT_EQ(zero.mantissa, 0);
}

TEST(Decimal, ComparesAcrossExponents) {
  const char* rising[] = {"-123456789012345678e18", "-1e18", "-999999999999999999", "-10", "-9.99", "-1", "-0.1", "-0.01",
                          "-1e-18", "0", "1e-18", "0.01", "0.1", "1", "9.99", "10", "999999999999999999", "1e18",
                          "123456789012345678e18"};
  for (const char* a : rising)
    for (const char* b : rising) {
      const int expected = a == b ? 0 : (std::find(std::begin(rising), std::end(rising), a) <
                                         std::find(std::begin(rising), std::end(rising), b))
                                            ? -1
                                            : 1;
      EXPECT_EQ(compare(*parse_decimal(a), *parse_decimal(b)), expected) << a << " and " << b;
    }
  EXPECT_EQ(compare({15, -1}, {1500, -3}), 0);
  EXPECT_EQ(compare({0, -18}, {0, 18}), 0);
  EXPECT_EQ(compare({int64_min, 0}, {-1, 18}), -1);
  EXPECT_EQ(compare({int64_min, 0}, {-10, 18}), 1);
  EXPECT_EQ(compare({int64_max, -18}, {1, 18}), -1);
}

TEST(Decimal, ComparesAsItsTextDoes) {
  random_numbers numbers;
  for (int i = 0; i < 50'000; ++i) {
    const decimal a = numbers.value(), b = numbers.pick(0, 9) ? numbers.value() : a;
    ASSERT_EQ(compare(a, b), order(to_text(a), to_text(b))) << to_text(a) << " and " << to_text(b);
    ASSERT_EQ(compare(a, b), -compare(b, a));
    ASSERT_EQ(a == b, compare(a, b) == 0);
  }
}

TEST(Decimal, AddsExactly) {
  const auto sum = [](const char* a, const char* b) {
    const auto s = add(*parse_decimal(a), *parse_decimal(b));
    return s ? to_text(*s) : "none";
  };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("0.5", "0.5"), "1");
  EXPECT_EQ(sum("1e17", "1e-1"), "100000000000000000.1");
  EXPECT_EQ(sum("100", "-100"), "0");
  EXPECT_EQ(sum("-0.25", "0.125"), "-0.125");
  EXPECT_EQ(sum("1e18", "1"), "1000000000000000001");
  EXPECT_EQ(sum("0", "0.000000000000000001"), "0.000000000000000001");
  EXPECT_EQ(sum("1e18", "0.1"), "none") << "20 digits";
  EXPECT_EQ(sum("10", "1e-18"), "none");
  EXPECT_EQ(add({int64_max, 0}, {1, 0}), std::nullopt);
  EXPECT_EQ(add({int64_min, -3}, {-1, -3}), std::nullopt);
  EXPECT_EQ(add({int64_max, -3}, {int64_min, -3}), (decimal{-1, -3}));
}

TEST(Decimal, AddsZeroToAnything) {
  random_numbers numbers;
  for (int i = 0; i < 10'000; ++i) {
    const decimal a = numbers.value();
    const auto sum = add(a, {}), other = add({}, a);
    ASSERT_TRUE(sum && other) << to_text(a);
    ASSERT_EQ(compare(*sum, a), 0) << to_text(a);
    ASSERT_EQ(compare(*other, a), 0) << to_text(a);
  }
}

TEST(Decimal, AddsInAnyOrderAndBack) {
  random_numbers numbers;
  int added = 0;
  for (int i = 0; i < 50'000; ++i) {
    const decimal a = numbers.value(), b = numbers.value();
    const auto sum = add(a, b), other = add(b, a);
    ASSERT_EQ(sum, other);
    if (!sum) continue;
    ++added;
    const auto back = add(*sum, {-b.mantissa, b.exponent});
    ASSERT_TRUE(back);
    ASSERT_EQ(compare(*back, a), 0) << to_text(a) << " and " << to_text(b);
    ASSERT_EQ(compare(*sum, a), compare(b, {})) << to_text(a) << " and " << to_text(b);
  }
  EXPECT_GT(added, 10'000);
}

TEST(Decimal, NormalDropsTheZerosOfAFraction) {
  EXPECT_EQ(normal({1500, -3}), (decimal{15, -1}));
  EXPECT_EQ(normal({1500, -2}), (decimal{15, 0}));
  EXPECT_EQ(normal({1500, -1}), (decimal{150, 0}));
  EXPECT_EQ(normal({1500, 0}), (decimal{1500, 0}));
  EXPECT_EQ(normal({-10, -1}), (decimal{-1, 0}));
  EXPECT_EQ(normal({0, -7}), (decimal{0, 0}));
}

}  // namespace
}  // namespace tickcast::wire
