#include "wire/channel.hpp"

#include <gtest/gtest.h>

namespace tickcast::wire {
namespace {

TEST(Channel, IsFoundByItsNameAndOfBarsByTheirPeriod) {
  for (channel c : all_channels)
    EXPECT_EQ(channel_named(name_of(c), is_bars(c) ? period_of(c) : period::s1), c) << label_of(c);
  EXPECT_EQ(channel_named("trades"), channel::trades);
  EXPECT_EQ(channel_named("quotes"), channel::quotes);
  EXPECT_EQ(channel_named("bars"), channel::bars_1m);
  for (std::string_view name : channel_names) EXPECT_EQ(name_of(channel_named(name).value()), name);
}

TEST(Channel, IsNotFoundByAnythingElse) {
  for (std::string_view name : {"", "trade", "Trades", "tradess", " trades", "bars_1m", "bar"})
    EXPECT_EQ(channel_named(name), std::nullopt) << name;
}

TEST(Channel, IndexesArraysDensely) {
  for (std::size_t i = 0; i < channel_count; ++i) EXPECT_EQ(index_of(all_channels[i]), i);
}

TEST(Channel, HasALabelOfItsOwn) {
  for (channel c : all_channels)
    for (channel other : all_channels) EXPECT_EQ(label_of(c) == label_of(other), c == other);
}

TEST(Channel, OfBarsGoesWithItsPeriod) {
  for (period p : all_periods) {
    EXPECT_TRUE(is_bars(bars_of(p)));
    EXPECT_TRUE(is_view(bars_of(p)));
    EXPECT_EQ(period_of(bars_of(p)), p);
    EXPECT_EQ(period_named(name_of(p)), p);
  }
  EXPECT_FALSE(is_bars(channel::stats));
  EXPECT_TRUE(is_view(channel::stats));
  for (channel c : {channel::trades, channel::quotes, channel::book, channel::status}) EXPECT_FALSE(is_view(c));
}

}  // namespace
}  // namespace tickcast::wire
