#include "feed/loop_clock.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace tickcast::feed {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t now = 1000 * second;

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
    c.again(now);
  }
}

TEST(LoopClock, MovesOnByAStepWhereAPassTakesNoTime) {
  loop_clock c;
  EXPECT_EQ(c.now(second), second);
  c.again(now);
  EXPECT_EQ(c.now(second), second + loop_clock::step_ns);
}

TEST(LoopClock, HasNothingToSayOfARecordingWithoutTimes) {
  loop_clock c;
  c.again(now);
  EXPECT_EQ(c.now(second), second);
}

TEST(LoopClock, NeverComesToTimesThatAreStillToCome) {
  loop_clock c;
  c.now(100 * second), c.now(300 * second);
  for (int pass = 0; pass < 10; ++pass) {
    c.again(now);
    const std::int64_t moved = (pass + 1) % 4 * (200 * second + loop_clock::step_ns);  // a fifth would end at 1100
    EXPECT_EQ(c.now(300 * second), 300 * second + moved) << pass;
  }
}

TEST(LoopClock, LeavesTimesThatNoClockShowsAsTheyAre) {
  loop_clock c;
  for (const std::int64_t odd : {INT64_MAX, INT64_MIN, std::int64_t{0}, 2 * now}) {
    c.now(odd);
    c.again(now);
    EXPECT_EQ(c.now(odd), odd);
  }
}

}  // namespace
}  // namespace tickcast::feed
