#include "app/opening_hours.hpp"

#include <gtest/gtest.h>

namespace tickcast::app {
namespace {

constexpr std::int64_t hour = 3600, ns = 1'000'000'000;
constexpr std::int64_t wednesday = 1'732'060'800;  // 2024-11-20 00:00 UTC

TEST(OpeningHours, AreToldAsChartsWriteThem) {
  const opening_hours made{feed::market_calendar{{"BTC-* 24h UTC", "ES* 17:00-16:00 America/Chicago", "* 09:30-16:00 America/New_York"}}};
  EXPECT_EQ(made.hours_of("BTC-USD").session, "24x7");
  EXPECT_EQ(made.hours_of("BTC-USD").zone, "Etc/UTC");
  EXPECT_EQ(made.hours_of("ESZ4").session, "1700-1600");
  EXPECT_EQ(made.hours_of("ESZ4").zone, "America/Chicago");
  EXPECT_EQ(made.hours_of("AAPL").session, "0930-1600");
}

TEST(OpeningHours, CountASessionAsTheDayOnWhichItEnds) {
  const opening_hours made{feed::market_calendar{{"BTC-* 24h UTC", "ES* 17:00-16:00 America/Chicago", "SEN* 09:00-15:30 Asia/Tokyo", "* 09:30-16:00 America/New_York"}}};
  EXPECT_EQ(made.day_of("AAPL", (wednesday + 14 * hour + 1800) * ns), wednesday);
  EXPECT_EQ(made.day_of("BTC-USD", wednesday * ns), wednesday);
  EXPECT_EQ(made.day_of("SEN1", wednesday * ns), wednesday);
  EXPECT_EQ(made.day_of("ESZ4", (wednesday - hour) * ns), wednesday);  // 17:00 in Chicago, the evening before
}

}  // namespace
}  // namespace tickcast::app
