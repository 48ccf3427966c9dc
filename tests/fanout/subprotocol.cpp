#include "fanout/subprotocol.hpp"

#include <gtest/gtest.h>

namespace tickcast::fanout {
namespace {

TEST(Subprotocol, IsTheFirstOfTheClientsListThatIsKnown) {
  EXPECT_EQ(choose_subprotocol("tickcast.v1.json"), wire::encoding::json);
  EXPECT_EQ(choose_subprotocol("tickcast.v1.sbe"), wire::encoding::sbe);
  EXPECT_EQ(choose_subprotocol("tickcast.v1.sbe, tickcast.v1.json"), wire::encoding::sbe);
  EXPECT_EQ(choose_subprotocol("tickcast.v1.json,tickcast.v1.sbe"), wire::encoding::json);
  EXPECT_EQ(choose_subprotocol("tickcast.v2.sbe,\ttickcast.v1.sbe\t,tickcast.v1.json"), wire::encoding::sbe);
}

TEST(Subprotocol, IsNoneWhenNoneIsKnown) {
  for (const char* offered : {"", ",", " , ", "tickcast.v1", "tickcast.v1.sbex", "xtickcast.v1.sbe", "TICKCAST.V1.SBE", "a, b"})
    EXPECT_EQ(choose_subprotocol(offered), std::nullopt) << offered;
}

}  // namespace
}  // namespace tickcast::fanout
