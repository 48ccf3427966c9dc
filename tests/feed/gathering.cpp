#include "feed/gathering.hpp"

#include <gtest/gtest.h>

namespace tickcast::feed {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds;

constexpr std::int64_t ms = 1'000'000;

// A feed that brings `each` ticks every `every_ns`, and who reads it when he may: wake-ups within a second.
int wake_ups(gathering g, std::uint64_t each, std::int64_t every_ns) {
  int woken = 0;
  std::int64_t now = 5'000 * ms;
  for (const std::int64_t begin = now, end = now + 1'000 * ms; now < end; ++woken) {
    const auto come = static_cast<std::uint64_t>((now - begin) / every_ns + 1);
    const std::int64_t pause = g.pause_ns(come * each, now);
    now = pause > 0 ? now + pause : begin + static_cast<std::int64_t>(come) * every_ns;
  }
  return woken;
}

TEST(Gathering, NeverLeavesInputLyingWhereNothingGathers) {
  gathering none{milliseconds{0}};
  EXPECT_TRUE(none.never());
  EXPECT_EQ(none.pause_ns(1, 1), 0);
  EXPECT_EQ(wake_ups(none, 2, ms), 1000);
}

TEST(Gathering, LooksAtIntervalsThatAreShortBesideTheWindow) {
  EXPECT_NEAR(wake_ups(gathering{milliseconds{32}}, 2, ms), 500, 3);
  EXPECT_NEAR(wake_ups(gathering{milliseconds{250}}, 2, ms), 200, 3);
  EXPECT_NEAR(wake_ups(gathering{seconds{1}}, 2, ms), 200, 3);  // no longer than that
  EXPECT_NEAR(wake_ups(gathering{seconds{1}}, 20, ms), 200, 3);
}

TEST(Gathering, WakesNoOftenerThanTheTicksOfASlowFeed) {
  EXPECT_EQ(wake_ups(gathering{seconds{1}}, 1, 20 * ms), 50);
  EXPECT_EQ(wake_ups(gathering{seconds{1}}, 1, 11 * ms), 91);
  EXPECT_EQ(wake_ups(gathering{microseconds{100}}, 1, ms), 1000);
}

TEST(Gathering, ReadsAFastFeedAfterAFewHundredTicks) {
  EXPECT_EQ(wake_ups(gathering{seconds{1}}, 1000, ms), 1000);           // each batch as it comes
  EXPECT_NEAR(wake_ups(gathering{seconds{1}}, 1, 1000), 3906, 200);     // a million one by one
}

TEST(Gathering, SleepsWhenAFeedFallsSilent) {
  gathering g{seconds{1}};
  g.pause_ns(1, 1 * ms);
  EXPECT_EQ(g.pause_ns(2, 2 * ms), 5 * ms);
  EXPECT_EQ(g.pause_ns(2, 7 * ms), 0);
}

}  // namespace
}  // namespace tickcast::feed
