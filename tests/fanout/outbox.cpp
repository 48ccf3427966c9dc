#include "fanout/outbox.hpp"

#include <gtest/gtest.h>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

class Outbox : public testing::Test {
 protected:
  void SetUp() override {
    home.bounds.heartbeat = home.bounds.ping = home.bounds.idle = 1h;
    home.source.name("A");
    home.source.name("B");
  }
  void trades(int count, wire::symbol_id s = wire::symbol_id{0}) {
    for (int i = 0; i < count; ++i) home.source.trade(s, {1000, -2}, {1, 0});
  }
  void quotes(int count) {
    for (int i = 0; i < count; ++i) home.source.quote(wire::symbol_id{0}, 1000, 1001);
  }
  // The shard's timer, as a connection keeps it.
  void tend(guest& g) { g.talk->tend(home.now()), home.turn(); }
  static std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++found;
    return found;
  }

  jar home;
};

TEST_F(Outbox, SendsATurnsMessagesInOneFrame) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A","B"])");
  trades(2);
  trades(1, wire::symbol_id{1});
  home.turn();
  EXPECT_EQ(g.way.frames.size(), 1u);
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 1, "10", "1") + "," + trade_text("A", 2, "10", "1") + "," +
                              trade_text("B", 1, "10", "1") + "]");
}

TEST_F(Outbox, KeepsWhatABlockedSocketDoesNotTakeAndSaysControlFirst) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  g.way.stuck = true;
  trades(1);
  home.turn();
  g.say(R"({"op":"echo","id":1,"data":7})");
  trades(1);
  home.turn();
  EXPECT_TRUE(g.way.frames.empty());
  g.way.take();
  EXPECT_EQ(g.way.said(), R"([{"e":"echo","id":1,"data":7},)" + trade_text("A", 1, "10", "1") + "," +
                              trade_text("A", 2, "10", "1") + "]");
  EXPECT_FALSE(g.way.overrun);
}

TEST_F(Outbox, SendsUnitsOfOneRecordUntilTheSocketBlocks) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  trades(1000);
  g.way.room = 40'000;
  home.turn();
  EXPECT_EQ(g.way.frames.size(), 3u);  // 16 KiB each, blocked within the third
  g.way.take();
  std::string all;
  for (const std::string& f : g.way.frames) {
    EXPECT_LE(f.size(), flush_unit);
    all += f;
  }
  for (int n = 1; n <= 1000; ++n) ASSERT_EQ(count(all, "\"n\":" + std::to_string(n) + ","), 1u) << n;
}

TEST_F(Outbox, EvictsBeyondTheBytesOfTheBoundAndNotBefore) {
  home.bounds.backlog_bytes = 10 * trade_text("A", 1, "10", "1").size() + 20;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  g.way.stuck = true;
  trades(9);
  home.turn();
  trades(1);  // its number has a digit more
  home.turn();
  EXPECT_FALSE(g.way.closed);
  trades(1);
  home.turn();
  ASSERT_TRUE(g.way.closed);
  EXPECT_EQ(g.way.code, wire::close_code::slow_consumer);
  EXPECT_EQ(g.way.why.substr(0, 28), "slow consumer: 11 messages, ");
  EXPECT_EQ(home.all.tally.evictions[static_cast<std::size_t>(eviction::backlog_bytes)].read(), 1);
  EXPECT_EQ(home.all.tally.subscriptions[0].read(), 0);
}

TEST_F(Outbox, EvictsWhenTheOldestHasWaitedTooLong) {
  home.bounds.stall = 1h;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  g.way.stuck = true;
  trades(1);
  home.turn();
  home.pass_ms(9'999);
  tend(g);
  EXPECT_FALSE(g.way.closed);
  home.pass_ms(1);
  tend(g);
  ASSERT_TRUE(g.way.closed);
  EXPECT_EQ(g.way.code, wire::close_code::slow_consumer);
}

TEST_F(Outbox, EvictsAClientThatAsksAndAsksWithoutReading) {
  guest g{home};
  g.way.stuck = true;
  const std::string much(60'000, 'x');
  for (int i = 0; i < 17; ++i) g.say("{\"op\":\"echo\",\"data\":\"" + much + "\"}");
  EXPECT_FALSE(g.way.closed);
  g.say("{\"op\":\"echo\",\"data\":\"" + much + "\"}");
  ASSERT_TRUE(g.way.closed);
  EXPECT_EQ(g.way.code, wire::close_code::slow_consumer);
}

TEST_F(Outbox, LetsASnapshotOfTheMarketWaitBeyondTheBoundButReadsNoFurtherCommandBeforeItIsTaken) {
  home.bounds.backlog_bytes = 2048;
  home.bounds.stall = 1h;
  home.bounds.commands_per_s = home.bounds.burst = 1e6;
  for (int i = 0; i < 58; ++i) home.source.name("N" + std::to_string(i));
  for (std::uint32_t i = 0; i < 60; ++i) trades(1, wire::symbol_id{i});
  guest g{home};
  g.way.stuck = true;
  const std::string ask = R"({"op":"subscribe","id":1,"channel":"trades","symbols":["*"]})";
  g.say("[" + ask + "," + ask + R"(,{"op":"ping","id":2}])");
  EXPECT_EQ(g.talk->waiting().asked_bytes(), 60 * sizeof(wire::record)) << "of one answer";
  home.bounds.backlog_age = 10s;
  home.pass_ms(60'000);
  tend(g);
  EXPECT_FALSE(g.way.closed) << "for want of a pong that is not read: " << g.way.why;
  EXPECT_FALSE(g.way.reading_on);
  EXPECT_EQ(g.way.said(), "");
  guest slowest{home};
  slowest.way.stuck = true;
  slowest.say(ask);
  home.pass_ms(599'000);
  tend(slowest);
  EXPECT_FALSE(slowest.way.closed);
  home.pass_ms(2'000);
  tend(slowest);
  EXPECT_TRUE(slowest.way.closed) << "nobody may keep it for ever";
  g.way.take();
  g.come_to_rest();
  const std::string all = g.way.said();
  std::size_t snapshots = 0;
  for (std::size_t at = 0; (at = all.find("\"snap\"", at)) != all.npos; ++at) ++snapshots;
  EXPECT_EQ(snapshots, 120u);
  EXPECT_NE(all.find("\"pong\""), all.npos);
}

TEST_F(Outbox, SlowsAStreamDownAtHalfOfTheBoundAndSpeedsItUpWhenTheQueueIsEmpty) {
  home.bounds.backlog_bytes = 4096;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"on_slow":"latest")");
  g.way.stuck = true;
  for (int i = 0; i < 200; ++i) trades(1), home.turn();
  EXPECT_FALSE(g.way.closed);
  g.way.take();
  home.turn();
  EXPECT_EQ(g.way.said(), R"([{"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"},)" +
                              trade_text("A", 200, "10", "1", R"(,"o":10,"h":10,"l":10,"v":200,"f":1,"k":200)") +
                              R"(][{"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"}])");
  trades(2);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 201, "10", "1") + "," + trade_text("A", 202, "10", "1") + "]");
}

TEST_F(Outbox, DropsTheQueueAtHalfOfTheBoundAndAnnouncesTheGap) {
  home.bounds.backlog_bytes = 4096;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"on_slow":"gap")");
  g.way.stuck = true;
  for (int i = 0; i < 200; ++i) trades(1), home.turn();
  EXPECT_FALSE(g.way.closed);
  g.way.take();
  const std::string said = g.way.said();
  EXPECT_EQ(said.find(R"([{"e":"gap","channel":"trades","s":"A","f":1,"n":)"), 0u);
  EXPECT_EQ(count(said, "\"gap\""), 1u);
  EXPECT_EQ(count(said, "\"n\":200,"), 1u);
}

TEST_F(Outbox, DropsEvenAFewMessagesRatherThanEvictWhenTheyGrowOld) {
  home.bounds.stall = 1h;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"on_slow":"gap")");
  g.way.stuck = true;
  trades(3);
  home.turn();
  home.pass_ms(10'000);
  trades(1);
  home.turn();
  EXPECT_FALSE(g.way.closed) << g.way.why;
  g.way.take();
  EXPECT_EQ(g.way.said(), R"([{"e":"gap","channel":"trades","s":"A","f":1,"n":4,"why":"slow_consumer"}])");
}

TEST_F(Outbox, RelievesAQueueThatGrowsOldWhileNothingNewComes) {
  home.bounds.stall = 1h;
  for (const std::string policy : {"gap", "latest"}) {
    guest g{home};
    g.subscribe(R"("channel":"trades","symbols":["B"],"snapshot":false,"on_slow":")" + policy + "\"");
    g.way.stuck = true;
    trades(3, wire::symbol_id{1});
    home.turn();
    for (int i = 0; i < 12; ++i) home.pass_ms(1000), tend(g);
    EXPECT_FALSE(g.way.closed) << policy << ": " << g.way.why;
    g.way.take();
    EXPECT_EQ(count(g.way.said(), policy == "gap" ? R"("why":"slow_consumer"})" : "\"k\":3"), 1u);
  }
}

TEST_F(Outbox, EvictsNobodyForWhatWaitsOfAStreamThatIsLatestByNow) {
  home.bounds.stall = 1h;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  g.way.stuck = true;
  trades(3);
  home.turn();
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","snapshot":false)");
  home.pass_ms(10'000);
  trades(1);
  home.turn();
  EXPECT_FALSE(g.way.closed) << g.way.why;
  g.way.take();
  EXPECT_EQ(count(g.way.said(), "\"k\":3"), 1u);
}

TEST_F(Outbox, DropsAtHalfOfTheBoundAgainAfterOthersStreamsHaveDrained) {
  home.bounds.backlog_bytes = 100'000;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"on_slow":"evict")");
  g.subscribe(R"("channel":"quotes","symbols":["A"],"mode":"every","on_slow":"gap")");
  g.way.stuck = true;
  trades(1300);  // more than half, none of it to be dropped
  home.turn();
  quotes(20);
  home.turn();
  g.way.take();
  g.way.said();
  g.way.stuck = true;
  quotes(300);
  home.turn();
  EXPECT_EQ(home.all.tally.gaps[static_cast<std::size_t>(wire::gap_why::slow_consumer)].read(), 1);
  quotes(400);  // 700 are more than half
  home.turn();
  EXPECT_EQ(home.all.tally.gaps[static_cast<std::size_t>(wire::gap_why::slow_consumer)].read(), 2);
}

TEST_F(Outbox, ShowsWhatWaitsForAsLongAsItDoes) {
  const tally& shown = home.all.tally;
  guest slow{home}, quick{home};
  for (guest* g : {&slow, &quick}) g->subscribe(R"("channel":"trades","symbols":["A"])");
  slow.way.stuck = true;
  trades(3);
  home.turn();
  EXPECT_EQ(shown.backlog_sessions.read(), 1);
  EXPECT_EQ(shown.backlog_bytes.read(), static_cast<std::int64_t>(slow.talk->waiting().bytes()));
  EXPECT_GT(shown.backlog_bytes.read(), 0);
  slow.way.take();
  EXPECT_EQ(shown.backlog_sessions.read(), 0);
  EXPECT_EQ(shown.backlog_bytes.read(), 0);
  slow.way.stuck = true;
  trades(3);
  home.turn();
  slow.talk->closing();
  EXPECT_EQ(shown.backlog_sessions.read(), 0) << "who has left";
  EXPECT_EQ(shown.backlog_bytes.read(), 0);
}

TEST_F(Outbox, ShowsWhoIsSlowedDownUntilItHasCaughtUpOrLeft) {
  home.bounds.backlog_bytes = 10'000;
  home.bounds.stall = 1h;
  const std::size_t at = wire::index_of(wire::channel::trades);
  const tally& shown = home.all.tally;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"snapshot":false,"on_slow":"latest")");
  for (int times = 1; times <= 2; ++times) {
    g.way.stuck = true;
    trades(200);
    home.turn();
    EXPECT_EQ(shown.degraded[at].read(), 1);
    EXPECT_EQ(shown.degradations[at].read(), times);
    times == 1 ? g.way.take() : g.talk->closing();
    home.turn();
    EXPECT_EQ(shown.degraded[at].read(), 0);
  }
}

TEST_F(Outbox, IsForgottenByTheTurnWhenItEndsAfterAFlushOfItsOwn) {
  {
    guest g{home};
    g.begin(R"({"op":"ping"})");  // touched
    g.way.take();                 // flushed before the turn
  }
  for (const outbox* o : home.all.turn.touched()) EXPECT_EQ(o, nullptr);
  home.turn();
}

TEST_F(Outbox, SaysNothingMoreOfAStreamThatWasLeftWhileItWaited) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A","B"])");
  g.way.stuck = true;
  trades(2);
  trades(1, wire::symbol_id{1});
  home.turn();
  g.say(R"({"op":"unsubscribe","id":5,"channel":"trades","symbols":["A"]})");
  g.way.take();
  EXPECT_EQ(g.way.said(), R"([{"e":"unsubscribed","id":5,"channel":"trades","symbols":["A"]},)" +
                              trade_text("B", 1, "10", "1") + "]");
}

}  // namespace
}  // namespace tickcast::fanout
