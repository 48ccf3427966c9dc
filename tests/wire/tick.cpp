#include "wire/tick.hpp"

#include <gtest/gtest.h>

#include "ticks.hpp"

namespace tickcast::wire {
namespace {

TEST(Tick, IsOneCacheLine) {
  EXPECT_EQ(sizeof(tick), 64u);
  EXPECT_EQ(alignof(tick), 64u);
}

TEST(Tick, BelongsToTheChannelOfItsKind) {
  EXPECT_EQ(channel_of(record_kind::trade), channel::trades);
  EXPECT_EQ(channel_of(record_kind::quote), channel::quotes);
}

TEST(Tick, NamesAVenueOfUpToEightCharacters) {
  for (std::string_view venue : {"", "Q", "XNAS", "VENUE-78"})
    EXPECT_EQ(venue_of(at_venue(trade(1, "1", "1"), venue).trade), venue);
}

TEST(Tick, GivesItsTimeInWholeMicroseconds) {
  EXPECT_EQ(micros(1'732'060'800'123'456'000), 1'732'060'800'123'456);
  EXPECT_EQ(micros(1'732'060'800'123'456'999), 1'732'060'800'123'456);
  EXPECT_EQ(micros(0), 0);
}

}  // namespace
}  // namespace tickcast::wire
