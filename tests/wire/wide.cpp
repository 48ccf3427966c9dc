#include "wire/wide.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tickcast::wire {
namespace {

decimal d(std::string_view text) { return parse_decimal(text).value(); }

std::string sum(const std::vector<std::string>& of) {
  wide all;
  for (const std::string& each : of) all.add(d(each));
  return to_text(all.value());
}

TEST(Wide, AddsWhateverTheExponents) {
  EXPECT_EQ(sum({}), "0");
  EXPECT_EQ(sum({"0.1", "0.2", "0.3"}), "0.6");
  EXPECT_EQ(sum({"100", "0.00000001"}), "100.00000001");
  EXPECT_EQ(sum({"0.5", "1e17", "0.5"}), "100000000000000001");
  EXPECT_EQ(sum({"1e-18", "1e18"}), "1000000000000000000");  // 37 digits, told as 18
}

TEST(Wide, HoldsMoreThanItCanTell) {
  wide all;
  for (int i = 0; i < 1000; ++i) all.add(d("999999999999999999"));
  EXPECT_EQ(to_text(all.value()), "999999999999999999000");
  all.add(d("0.5"));
  EXPECT_EQ(to_text(all.value()), "999999999999999999000") << "what is cut off is cut off when it is told";
  wide most;
  for (int i = 0; i < 1000; ++i) most.add(d("999999999999999999e18"));
  EXPECT_EQ(to_text(most.value()), "999999999999999999000000000000000000");
}

TEST(Wide, DoesNotDependOnTheOrder) {
  std::mt19937_64 dice{7};
  for (int round = 0; round < 200; ++round) {
    std::vector<decimal> all;
    for (int i = 0; i < 30; ++i)
      all.push_back({static_cast<std::int64_t>(dice() % 1'000'000'000'000), static_cast<std::int8_t>(static_cast<int>(dice() % 9) - 8)});
    wide forth, back, first, second;
    for (std::size_t i = 0; i < all.size(); ++i) {
      forth.add(all[i]);
      back.add(all[all.size() - 1 - i]);
      (i % 3 ? first : second).add(all[i]);
    }
    first.add(second);
    EXPECT_EQ(forth.value(), back.value());
    EXPECT_EQ(forth.value(), first.value());
  }
}

}  // namespace
}  // namespace tickcast::wire
