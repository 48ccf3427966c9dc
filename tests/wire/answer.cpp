#include "wire/answer.hpp"

#include <gtest/gtest.h>

namespace tickcast::wire {
namespace {

TEST(Answer, SaysByDefaultThatAStreamIsOpenAndHasNothing) {
  const stream_state s;
  EXPECT_TRUE(s.opened);
  EXPECT_EQ(s.last, 0u);
  EXPECT_TRUE(s.ticks.empty());
}

TEST(Request, OpensByDefaultAndNamesItsStreams) {
  const request r;
  EXPECT_EQ(r.kind, request_kind::open);
  EXPECT_FALSE(r.all);
  EXPECT_TRUE(r.streams.empty());
}

}  // namespace
}  // namespace tickcast::wire
