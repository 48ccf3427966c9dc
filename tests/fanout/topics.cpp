#include "fanout/topics.hpp"

#include <gtest/gtest.h>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

constexpr wire::symbol_id a{0}, b{1};

class Topics : public testing::Test {
 protected:
  void SetUp() override {
    home.bounds.heartbeat = home.bounds.ping = home.bounds.idle = 1h;
    home.source.name("A");
    home.source.name("B");
  }
  void trade(wire::symbol_id s, std::int64_t cents, std::int64_t size = 1, bool lost = false) {
    home.source.trade(s, {cents, -2}, {size, 0}, {}, lost);
  }
  bool wanted(wire::symbol_id s) { return home.source.of(wire::channel::trades, s).wanted; }
  static std::string merged(std::string_view s, int n, std::string_view p, std::string_view rest) {
    return trade_text(s, n, p, "1", rest);
  }

  jar home;
};

TEST_F(Topics, WantAStreamFromItsFirstListenerToItsLast) {
  guest one{home}, two{home};
  EXPECT_FALSE(wanted(a));
  one.subscribe(R"("channel":"trades","symbols":["A"])");
  two.subscribe(R"("channel":"trades","symbols":["A"])");
  one.say(R"({"op":"unsubscribe","channel":"trades","symbols":["A"]})");
  EXPECT_TRUE(wanted(a));
  two.talk->closing();
  home.settle();
  EXPECT_FALSE(wanted(a));
}

TEST_F(Topics, KeepAStreamThatSomebodyHasAskedForMeanwhile) {
  guest one{home}, two{home};
  one.subscribe(R"("channel":"trades","symbols":["A"])");
  two.begin(R"({"op":"subscribe","channel":"trades","symbols":["A"]})");
  one.say(R"({"op":"unsubscribe","channel":"trades","symbols":["A"]})");
  two.come_to_rest();
  two.way.said();
  trade(a, 100);
  home.turn();
  EXPECT_EQ(two.way.said(), "[" + trade_text("A", 1, "1", "1") + "]");
}

TEST_F(Topics, KeepWhatAnotherWildcardIsAboutToOpenWhenOneIsAbandoned) {
  guest one{home}, two{home};
  one.begin(R"({"op":"subscribe","channel":"trades","symbols":["*"]})");
  two.begin(R"({"op":"subscribe","channel":"trades","symbols":["*"]})");
  one.talk->closing();
  two.come_to_rest();
  home.settle();
  two.way.said();
  trade(a, 100);
  home.turn();
  EXPECT_EQ(two.way.said(), "[" + trade_text("A", 1, "1", "1") + "]");
}

TEST_F(Topics, KeepANameThatAnotherIsAboutToOpenWhenOneIsAbandoned) {
  home.all.open_symbols = true;
  guest one{home}, two{home};
  one.begin(R"({"op":"subscribe","channel":"trades","symbols":["NEW"]})");
  two.begin(R"({"op":"subscribe","channel":"trades","symbols":["NEW"]})");
  one.talk->closing();
  two.come_to_rest();
  home.settle();
  two.way.said();
  trade(wire::symbol_id{2}, 100);
  home.turn();
  EXPECT_EQ(two.way.said(), "[" + trade_text("NEW", 1, "1", "1") + "]");
}

// Its first tick was on its way when the old wildcard ended, and must not close it behind the new one.
TEST_F(Topics, KeepASymbolThatWasNamedBetweenTwoWildcards) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["*"])");
  const wire::symbol_id c = home.source.name("C");
  trade(c, 100);
  g.begin(R"([{"op":"unsubscribe","channel":"trades"},{"op":"subscribe","channel":"trades","symbols":["*"]}])");
  home.turn();  // takes that tick, before the sequencer has seen the new request
  g.come_to_rest();
  home.settle();
  g.way.said();
  trade(c, 101);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("C", 2, "1.01", "1") + "]");
}

TEST_F(Topics, LetEverythingGoWithTheLastWildcard) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["*"])");
  EXPECT_TRUE(wanted(a) && wanted(b));
  g.say(R"({"op":"unsubscribe","channel":"trades"})");
  EXPECT_FALSE(wanted(a) || wanted(b));
  EXPECT_FALSE(wanted(home.source.name("C")));
}

TEST_F(Topics, BringASymbolNamedLaterToTheWildcardsThatDidNotLeaveItOut) {
  guest one{home}, two{home};
  one.subscribe(R"("channel":"trades","symbols":["*"])");
  two.subscribe(R"("channel":"trades","symbols":["*"])");
  one.say(R"({"op":"unsubscribe","channel":"trades","symbols":["A"]})");
  trade(a, 100);
  trade(home.source.name("C"), 200);
  home.turn();
  EXPECT_EQ(one.way.said(), "[" + trade_text("C", 1, "2", "1") + "]");
  EXPECT_EQ(two.way.said(), "[" + trade_text("A", 1, "1", "1") + "," + trade_text("C", 1, "2", "1") + "]");
}

TEST_F(Topics, MergeWhatComesWithinAnIntervalAndSendTheFirstAtOnce) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 100);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 1, "1", "1") + "]");
  for (std::int64_t cents : {105, 95, 101}) {
    home.pass_ms(10);
    trade(a, cents);
    home.turn();
  }
  EXPECT_TRUE(g.way.frames.empty());
  home.pass_ms(19);
  home.turn();
  EXPECT_TRUE(g.way.frames.empty());
  home.pass_ms(1);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + merged("A", 4, "1.01", R"(,"o":1.05,"h":1.05,"l":0.95,"v":3,"f":2,"k":3)") + "]");
  home.pass_ms(500);
  home.turn();
  EXPECT_TRUE(g.way.frames.empty());
}

TEST_F(Topics, NeverSendTwiceWithinAnInterval) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":20)");
  std::int64_t last = 0;
  std::size_t sent = 0;
  for (int i = 0; i < 2000; ++i) {
    home.pass_ns(700'000 + i % 7 * 150'000);
    trade(a, 100);
    home.turn();
    if (g.way.said().empty()) continue;
    ++sent;
    if (last) {
      ASSERT_GE(home.now() - last, 20'000'000);
    }
    last = home.now();
  }
  EXPECT_GT(sent, 80u);  // and hardly more slowly: some 2.3 s were passed
}

TEST_F(Topics, GiveOneWhoJoinsInTheMiddleOfAMergeOnlyItsPart) {
  guest one{home}, two{home};
  one.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 100);
  home.turn();
  trade(a, 110);
  home.turn();
  two.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 120);
  trade(a, 130);
  home.turn();
  one.way.said();
  home.pass_ms(50);
  home.turn();
  EXPECT_EQ(one.way.said(), "[" + merged("A", 4, "1.3", R"(,"o":1.1,"h":1.3,"l":1.1,"v":3,"f":2,"k":3)") + "]");
  EXPECT_EQ(two.way.said(), "[" + merged("A", 4, "1.3", R"(,"o":1.2,"h":1.3,"l":1.2,"v":2,"f":3,"k":2)") + "]");
  trade(a, 140);
  home.turn();
  home.pass_ms(50);
  home.turn();
  EXPECT_EQ(one.way.said(), two.way.said());
}

TEST_F(Topics, EndAMergeAtAHoleAndAnnounceIt) {
  guest every{home}, latest{home};
  every.subscribe(R"("channel":"trades","symbols":["A"])");
  latest.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 100);
  home.turn();
  every.way.said();
  latest.way.said();
  trade(a, 110);
  trade(a, 120);
  trade(a, 130, 1, true);
  trade(a, 140, 1, true);
  trade(a, 150);
  home.turn();
  const std::string gap = R"({"e":"gap","channel":"trades","s":"A","f":4,"n":5,"why":"overflow"})";
  EXPECT_EQ(every.way.said(), "[" + trade_text("A", 2, "1.1", "1") + "," + trade_text("A", 3, "1.2", "1") + "," + gap + "," +
                                  trade_text("A", 6, "1.5", "1") + "]");
  home.pass_ms(50);
  home.turn();
  EXPECT_EQ(latest.way.said(), "[" + merged("A", 3, "1.2", R"(,"o":1.1,"h":1.2,"l":1.1,"v":2,"f":2,"k":2)") + "," + gap +
                                   "][" + trade_text("A", 6, "1.5", "1") + "]");
}

TEST_F(Topics, TellThoseWhoListenOfAHoleThatAnAnswerReveals) {
  guest one{home}, two{home};
  one.subscribe(R"("channel":"trades","symbols":["A"])");
  trade(a, 100, 1, true);
  two.subscribe(R"("channel":"trades","symbols":["A"],"snapshot":false)");
  EXPECT_EQ(one.way.said(), R"([{"e":"gap","channel":"trades","s":"A","f":1,"n":1,"why":"overflow"}])");
  trade(a, 101);
  home.turn();
  EXPECT_EQ(one.way.said(), "[" + trade_text("A", 2, "1.01", "1") + "]");
  EXPECT_EQ(two.way.said(), "[" + trade_text("A", 2, "1.01", "1") + "]");
}

TEST_F(Topics, SendWhatOldOptionsHeldBackBeforeTheNewSnapshot) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 100);
  home.turn();
  g.way.said();
  trade(a, 110);
  trade(a, 120);
  home.turn();
  EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["A"])"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":3}],"failed":[]},)" +
                merged("A", 3, "1.2", R"(,"o":1.1,"h":1.2,"l":1.1,"v":2,"f":2,"k":2)") + "," +
                trade_text("A", 3, "1.2", "1", ",\"snap\":true") + "]");
  home.pass_ms(100);
  trade(a, 130);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 4, "1.3", "1") + "]");
}

TEST_F(Topics, SplitAMergeWhoseVolumeHasNoRoom) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest","interval_ms":50)");
  trade(a, 100);
  home.turn();
  g.way.said();
  for (int i = 0; i < 2; ++i) trade(a, 100, 9'000'000'000'000'000'000);
  home.turn();
  for (int n : {2, 3}) {
    EXPECT_EQ(g.way.said(), "") << "one an interval";
    home.pass_ms(50);
    home.turn();
    EXPECT_EQ(g.way.said(), "[" + trade_text("A", n, "1", "9000000000000000000") + "]");
  }
}

TEST_F(Topics, IgnoreTicksThatWereUnderWayForAStreamThatIsAskedForAgain) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  trade(a, 100);
  trade(a, 101);
  g.begin(R"([{"op":"unsubscribe","channel":"trades","symbols":["A"]},{"op":"subscribe","channel":"trades","symbols":["A"]}])");
  home.turn();
  g.come_to_rest();
  const std::string said = g.way.said();
  EXPECT_NE(said.find(trade_text("A", 2, "1.01", "1", ",\"snap\":true")), std::string::npos) << said;
  EXPECT_EQ(said.find("\"p\":1,"), std::string::npos) << said;
  trade(a, 102);
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 3, "1.02", "1") + "]");
}

}  // namespace
}  // namespace tickcast::fanout
