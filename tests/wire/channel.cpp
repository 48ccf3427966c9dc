#include "wire/channel.hpp"

#include <gtest/gtest.h>

namespace tickcast::wire {
namespace {

TEST(Channel, IsFoundByItsNameAndNamedAlike) {
  for (channel c : all_channels) EXPECT_EQ(channel_named(name_of(c)), c);
  EXPECT_EQ(channel_named("trades"), channel::trades);
  EXPECT_EQ(channel_named("quotes"), channel::quotes);
}

TEST(Channel, IsNotFoundByAnythingElse) {
  for (std::string_view name : {"", "trade", "Trades", "tradess", " trades", "bars", "book"})
    EXPECT_EQ(channel_named(name), std::nullopt) << name;
}

TEST(Channel, IndexesArraysDensely) {
  for (std::size_t i = 0; i < channel_count; ++i) EXPECT_EQ(index_of(all_channels[i]), i);
}

}  // namespace
}  // namespace tickcast::wire
