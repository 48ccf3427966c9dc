#include "feed/patience.hpp"

#include <gtest/gtest.h>

namespace tickcast::feed {
namespace {

TEST(Patience, WaitsOnlyWhileTheLanesAreCrowded) {
  patience p{std::chrono::nanoseconds{100}};
  EXPECT_FALSE(p.wait(false, 1));
  EXPECT_TRUE(p.wait(true, 2));
  EXPECT_FALSE(p.wait(false, 3));
}

TEST(Patience, ReadsOnAfterItsLimitUntilTheLanesHaveBeenFreeAgain) {
  patience p{std::chrono::nanoseconds{100}};
  EXPECT_TRUE(p.wait(true, 1000));
  EXPECT_TRUE(p.wait(true, 1099));
  EXPECT_FALSE(p.wait(true, 1100));
  EXPECT_FALSE(p.wait(true, 5000));
  EXPECT_FALSE(p.wait(false, 5001));
  EXPECT_TRUE(p.wait(true, 5002));
}

}  // namespace
}  // namespace tickcast::feed
