#include "fanout/shared_batches.hpp"

#include <gtest/gtest.h>

#include <string>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

TEST(SharedBatches, KnowAListByAllOfItAndByItsTurn) {
  shared_batches all;
  const std::vector<fragment_index> list{3, 5, 9}, other{3, 6, 9}, shorter{3, 9}, longer{3, 5, 9, 9};
  auto& mine = all.at(list);
  mine.due = list;
  mine.turn = 7;
  EXPECT_TRUE(all.at(list).is(list, 7));
  EXPECT_FALSE(all.at(list).is(list, 8));
  for (const auto& l : {other, shorter, longer}) EXPECT_FALSE(all.at(l).is(l, 7));
}

class SharedFrames : public testing::Test {
 protected:
  void SetUp() override {
    home.bounds.heartbeat = home.bounds.ping = home.bounds.idle = 1h;
    home.source.name("A");
    home.source.name("B");
  }
  void trade(std::uint32_t symbol) { home.source.trade(wire::symbol_id{symbol}, {1000, -2}, {1, 0}); }
  static constexpr std::size_t json = wire::index_of(wire::encoding::json), sbe = wire::index_of(wire::encoding::sbe);
  std::int64_t out(std::size_t as = json) const { return home.all.tally.messages_out[as][0].read(); }
  std::int64_t bytes_out() const { return home.all.tally.bytes_out[json][0].read(); }

  jar home;
};

TEST_F(SharedFrames, GoToAllWhoAreDueTheSameAndAreCountedForEach) {
  guest a{home}, b{home}, c{home};
  for (guest* g : {&a, &b}) g->subscribe(R"("channel":"trades","symbols":["A","B"],"snapshot":false)");
  c.subscribe(R"("channel":"trades","symbols":["B"],"snapshot":false)");
  const std::int64_t before = out(), bytes = bytes_out();
  trade(0);
  trade(1);
  home.turn();
  const std::string both = "[" + trade_text("A", 1, "10", "1") + "," + trade_text("B", 1, "10", "1") + "]";
  EXPECT_EQ(a.way.said(), both);
  EXPECT_EQ(b.way.said(), both);
  EXPECT_EQ(c.way.said(), "[" + trade_text("B", 1, "10", "1") + "]");
  EXPECT_EQ(out() - before, 5);
  EXPECT_EQ(bytes_out() - bytes, static_cast<std::int64_t>(5 * trade_text("A", 1, "10", "1").size()));
}

TEST_F(SharedFrames, AreCountedByTheirEncoding) {
  guest plain{home}, binary{home, wire::encoding::sbe};
  for (guest* g : {&plain, &binary}) g->subscribe(R"("channel":"trades","symbols":["A"],"snapshot":false)");
  const std::int64_t before = out(), before_sbe = out(sbe);
  trade(0);
  home.turn();
  EXPECT_EQ(out() - before, 1);
  EXPECT_EQ(out(sbe) - before_sbe, 1);
}

TEST_F(SharedFrames, AreNotThoseOfAnEarlierTurn) {
  guest a{home};
  a.subscribe(R"("channel":"trades","symbols":["A","B"],"snapshot":false)");
  trade(0);
  home.turn();
  EXPECT_EQ(a.way.said(), "[" + trade_text("A", 1, "10", "1") + "]");
  trade(1);  // the first of its turn, as the one before was of its own
  home.turn();
  EXPECT_EQ(a.way.said(), "[" + trade_text("B", 1, "10", "1") + "]");
}

TEST_F(SharedFrames, DoNotHoldWhatIsMoreThanOneUnit) {
  guest a{home}, b{home};
  for (guest* g : {&a, &b}) g->subscribe(R"("channel":"trades","symbols":["A"],"snapshot":false)");
  for (int i = 0; i < 400; ++i) trade(0);
  home.turn();
  EXPECT_GT(a.way.frames.size(), 1u);
  EXPECT_EQ(a.way.frames, b.way.frames);
  const std::string all = a.way.said();
  for (int n = 1; n <= 400; ++n) EXPECT_NE(all.find("\"n\":" + std::to_string(n) + ","), all.npos) << n;
}

TEST_F(SharedFrames, AreNotTouchedByWhoIsToldMore) {
  guest a{home}, b{home};
  for (guest* g : {&a, &b}) g->subscribe(R"("channel":"trades","symbols":["A"],"snapshot":false)");
  a.begin(R"({"op":"echo","id":1,"data":7})");
  trade(0);
  home.turn();
  EXPECT_EQ(a.way.said(), R"([{"e":"echo","id":1,"data":7},)" + trade_text("A", 1, "10", "1") + "]");
  EXPECT_EQ(b.way.said(), "[" + trade_text("A", 1, "10", "1") + "]");
}

}  // namespace
}  // namespace tickcast::fanout
