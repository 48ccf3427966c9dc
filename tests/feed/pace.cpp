#include "feed/pace.hpp"

#include <gtest/gtest.h>

namespace tickcast::feed {
namespace {

TEST(Pace, KeepsTheDistancesOfTheRecording) {
  pace p{1};
  EXPECT_EQ(p.due(5'000, 100), 100);
  EXPECT_EQ(p.due(5'700, 450), 800);
  EXPECT_EQ(p.due(5'200, 900), 300);
  EXPECT_EQ(p.due(1, 900), 100) << "what is earlier than the first is due with it";
}

TEST(Pace, RunsFasterWhenItIsToldTo) {
  pace p{10};
  EXPECT_EQ(p.due(0, 100), 100);
  EXPECT_EQ(p.due(1'000, 100), 200);
}

TEST(Pace, BeginsAnew) {
  pace p{1};
  EXPECT_EQ(p.due(1'000, 100), 100);
  p.restart();
  EXPECT_EQ(p.due(50, 700), 700);
}

TEST(Pace, WaitsLongButDoesNotOverflow) {
  pace p{1e-6};
  EXPECT_EQ(p.due(INT64_MIN, 100), 100);
  EXPECT_EQ(p.due(INT64_MAX, 100), 100'000'000'000'000'100);
  EXPECT_FALSE(p.at_once());
  EXPECT_TRUE(pace{0}.at_once());
}

}  // namespace
}  // namespace tickcast::feed
