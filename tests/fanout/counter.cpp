#include "fanout/counter.hpp"

#include <gtest/gtest.h>

namespace tickcast::fanout {
namespace {

TEST(Counter, CountsUpAndDown) {
  counter c;
  EXPECT_EQ(c.read(), 0);
  c.add();
  c.add(41);
  c.add(-2);
  EXPECT_EQ(c.read(), 40);
}

TEST(Histogram, PutsAnObservationIntoTheBucketWhoseBoundItDoesNotExceed) {
  histogram h;
  h.observe(0);
  h.observe(1'000);           // 1 µs: the bound itself is inside
  h.observe(1'001);           // the next one
  h.observe(10'000'000'000);  // 10 s
  h.observe(10'000'000'001);  // beyond all
  EXPECT_EQ(h.bucket(0), 2);
  EXPECT_EQ(h.bucket(1), 1);
  EXPECT_EQ(h.bucket(second_bounds.size() - 1), 1);
  EXPECT_EQ(h.bucket(second_bounds.size()), 1);
  EXPECT_NEAR(h.sum_seconds(), 20.000002002, 1e-9);
}

TEST(Histogram, CountsOneFigureManyTimes) {
  histogram h;
  h.observe(2'000'000, 5);
  EXPECT_EQ(h.bucket(10), 5);  // 2.5 ms
  EXPECT_NEAR(h.sum_seconds(), 0.01, 1e-12);
}

TEST(Histogram, HasBoundsThatRise) {
  for (std::size_t i = 1; i < second_bounds.size(); ++i) EXPECT_LT(second_bounds[i - 1], second_bounds[i]);
}

}  // namespace
}  // namespace tickcast::fanout
