#include "feed/loop_clock.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace tickcast::feed {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(LoopClock, LeavesTheFirstPassAsItWas) {
  loop_clock c;
  EXPECT_EQ(c.now(5 * second), 5 * second);
  EXPECT_EQ(c.now(3 * second), 3 * second);  // one that came late
}

TEST(LoopClock, GoesOnWhereThePassBeforeEnded) {
  loop_clock c;
  std::int64_t last = 0;
  for (int pass = 0; pass < 3; ++pass) {
    EXPECT_GT(c.now(100 * second), last);
    EXPECT_EQ(c.now(107 * second), c.now(100 * second) + 7 * second);
    last = c.now(110 * second);
    EXPECT_EQ(last, 110 * second + pass * (10 * second + loop_clock::step_ns));
    c.again();
  }
}

TEST(LoopClock, MovesOnByAStepWhereAPassTakesNoTime) {
  loop_clock c;
  EXPECT_EQ(c.now(second), second);
  c.again();
  EXPECT_EQ(c.now(second), second + loop_clock::step_ns);
}

TEST(LoopClock, HasNothingToSayOfARecordingWithoutTimes) {
  loop_clock c;
  c.again();
  EXPECT_EQ(c.now(second), second);
}

TEST(LoopClock, BeginsAnewRatherThanRunningOutOfTime) {
  loop_clock c;
  EXPECT_EQ(c.now(0), 0);
  EXPECT_EQ(c.now(60 * 365 * 86'400 * second), 60 * 365 * 86'400 * second);
  c.again();
  EXPECT_GT(c.now(0), 0);
  c.again();
  EXPECT_EQ(c.now(0), 0);
  c.now(INT64_MIN), c.now(INT64_MAX);
  c.again();
  EXPECT_EQ(c.now(INT64_MAX), INT64_MAX);
  EXPECT_EQ(c.now(5), 5);
}

}  // namespace
}  // namespace tickcast::feed
