#include "fanout/ledger.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tickcast::fanout {
namespace {

TEST(Ledger, CountsAllAndByAddress) {
  ledger l;
  EXPECT_EQ(l.enter("a").all, 1u);
  EXPECT_EQ(l.enter("a").from_address, 2u);
  const auto third = l.enter("b");
  EXPECT_EQ(third.all, 3u);
  EXPECT_EQ(third.from_address, 1u);
  l.leave("a");
  const auto again = l.enter("a");
  EXPECT_EQ(again.all, 3u);
  EXPECT_EQ(again.from_address, 2u);
}

TEST(Ledger, ForgetsAnAddressWithItsLastConnection) {
  ledger l;
  l.enter("a");
  l.leave("a");
  const auto first = l.enter("a");
  EXPECT_EQ(first.all, 1u);
  EXPECT_EQ(first.from_address, 1u);
}

TEST(Ledger, IsKeptByManyThreadsAtOnce) {
  ledger l;
  const auto come_and_go = [&] {
    for (int i = 0; i < 5000; ++i) l.enter("a"), l.leave("a");
  };
  std::thread other{come_and_go};
  come_and_go();
  other.join();
  EXPECT_EQ(l.enter("a").all, 1u);
}

}  // namespace
}  // namespace tickcast::fanout
