#include "feed/bar_memory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bars.hpp"

namespace tickcast::feed {
namespace {

using wire::period;

TEST(BarMemory, ForgetsTheShortestFirstWhenTooManyWait) {
  bar_memory memory{8, true};
  bar_memory::symbol& s = memory.named("AAPL");
  int seconds = 0, minutes = 0;
  for (std::int64_t i = 0; i < 10; ++i) seconds += memory.take(s, bar_of({}, period::s1, i));
  for (std::int64_t i = 0; i < 10; ++i) minutes += memory.take(s, bar_of({}, period::m1, i));
  EXPECT_EQ(seconds, 6);
  EXPECT_EQ(minutes, 2);
  EXPECT_TRUE(memory.take(s, bar_of({}, period::m1, 0)));  // newer news of one that waits need no room
  EXPECT_EQ(memory.waiting(), 8U);
}

TEST(BarMemory, WritesOpenBarsOnlyWhereTheyOutliveTheProcess) {
  wire::bar open = bar_of({}, period::m1, 0);
  open.closed = false;
  for (const bool kept : {false, true}) {
    bar_memory memory{8, kept};
    bar_memory::symbol& s = memory.named("AAPL");
    EXPECT_TRUE(memory.take(s, open));
    EXPECT_EQ(memory.changed().size(), kept ? 1U : 0U);
    EXPECT_TRUE(s.of(period::m1).open.has_value());  // who asks sees it
    EXPECT_TRUE(memory.take(s, bar_of({}, period::m1, 0)));
    EXPECT_EQ(memory.changed().size(), 1U);
    EXPECT_EQ(s.of(period::m1).open_changed, kept);
  }
}

}  // namespace
}  // namespace tickcast::feed
