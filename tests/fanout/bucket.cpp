#include "fanout/bucket.hpp"

#include <gtest/gtest.h>

namespace tickcast::fanout {
namespace {

constexpr std::int64_t s = 1'000'000'000;

TEST(Bucket, GivesTheBurstAtOnceAndThenOneByOne) {
  bucket b{10, 4, 0};
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(b.take(0));
  EXPECT_FALSE(b.take(0));
  EXPECT_FALSE(b.take(s / 20));
  EXPECT_TRUE(b.take(s / 10 + s / 1000));
  EXPECT_FALSE(b.take(s / 10 + s / 1000));
}

TEST(Bucket, NeverHoldsMoreThanItsSize) {
  bucket b{10, 4, 0};
  int taken = 0;
  while (b.take(3600 * s)) ++taken;
  EXPECT_EQ(taken, 4);
}

TEST(Bucket, KeepsFractionsBetweenRefusals) {
  bucket b{2, 1, 0};
  ASSERT_TRUE(b.take(0));
  int taken = 0;
  for (std::int64_t t = 0; t <= 10 * s; t += s / 100) taken += b.take(t);
  EXPECT_GE(taken, 19);  // asking often costs nothing
  EXPECT_LE(taken, 20);
}

}  // namespace
}  // namespace tickcast::fanout
