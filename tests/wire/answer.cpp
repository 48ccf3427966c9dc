#include "wire/answer.hpp"

#include <gtest/gtest.h>

#include "ticks.hpp"

namespace tickcast::wire {
namespace {

TEST(Answer, SaysByDefaultThatAStreamIsOpenAndHasNothing) {
  const stream_state s;
  EXPECT_TRUE(s.opened);
  EXPECT_EQ(s.last, 0u);
  EXPECT_EQ(s.count, 0u);
}

TEST(Answer, ShowsEachStreamItsPartOfTheRecords) {
  answer a;
  a.records = {record{trade(8, "1", "1")}, record{trade(9, "2", "1")}, record{trade(4, "3", "1")}};
  a.streams.resize(2);
  a.streams[0].last = 9;
  a.streams[0].count = 2;
  a.streams[1].last = 4;
  a.streams[1].first = 2;
  a.streams[1].count = 1;
  for (const stream_state& s : a.streams) EXPECT_EQ(a.records[s.first + s.count - 1].tick.n, s.last);
}

TEST(Request, OpensByDefaultAndNamesItsStreams) {
  const request r;
  EXPECT_EQ(r.kind, request_kind::open);
  EXPECT_FALSE(r.all);
  EXPECT_TRUE(r.streams.empty());
}

}  // namespace
}  // namespace tickcast::wire
