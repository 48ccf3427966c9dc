#include "fanout/tongues.hpp"

#include <gtest/gtest.h>

namespace tickcast::fanout {
namespace {

TEST(Tongues, NamesWhatSomebodyListensIn) {
  tongues t;
  EXPECT_FALSE(t.in_use().has(wire::encoding::json));
  t.came(wire::encoding::json);
  t.came(wire::encoding::json);
  t.came(wire::encoding::sbe);
  EXPECT_TRUE(t.in_use().has(wire::encoding::json));
  EXPECT_TRUE(t.in_use().has(wire::encoding::sbe));
  t.went(wire::encoding::json);
  EXPECT_TRUE(t.in_use().has(wire::encoding::json));
  t.went(wire::encoding::json);
  EXPECT_FALSE(t.in_use().has(wire::encoding::json));
  EXPECT_TRUE(t.in_use().has(wire::encoding::sbe));
}

}  // namespace
}  // namespace tickcast::fanout
