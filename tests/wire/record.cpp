#include "wire/record.hpp"

#include <gtest/gtest.h>

#include "ticks.hpp"
#include "wire/answer.hpp"

namespace tickcast::wire {
namespace {

TEST(Record, TellsWhatItIsByOneByte) {
  EXPECT_EQ(record{trade(1, "1", "1")}.kind(), record_kind::trade);
  EXPECT_EQ(record{quote(1, "1", "1", "2", "1")}.kind(), record_kind::quote);
  note n{};
  n.kind = record_kind::note;
  EXPECT_EQ(record{n}.kind(), record_kind::note);
  answer a;
  const record reply{&a};
  EXPECT_EQ(reply.kind(), record_kind::answer);
  EXPECT_EQ(reply.reply.block, &a);
}

TEST(Record, IsCopiedWhole) {
  const record from{trade(42, "189.34", "100")};
  const record to = from;
  EXPECT_EQ(to.tick.n, 42u);
  EXPECT_EQ(to.tick.trade.price, 18934);
  EXPECT_EQ(to.tick.price_exponent, -2);
}

}  // namespace
}  // namespace tickcast::wire
