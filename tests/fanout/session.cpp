#include "fanout/session.hpp"

#include <gtest/gtest.h>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

class Session : public testing::Test {
 protected:
  void SetUp() override {
    home.source.name("A");
    home.source.name("B");
  }
  void trade(wire::symbol_id s = wire::symbol_id{0}) { home.source.trade(s, {1000, -2}, {1, 0}); }
  void tend(guest& g) { g.talk->tend(home.now()), home.turn(); }
  static std::string error(std::string_view id, std::string_view code) {
    return "[{\"e\":\"error\"," + (id.empty() ? "" : "\"id\":" + std::string{id} + ",") + "\"code\":\"" + std::string{code} +
           "\",\"message\":\"";
  }
  static bool starts(const std::string& text, const std::string& with) { return text.compare(0, with.size(), with) == 0; }

  jar home;
};

TEST_F(Session, WelcomesWithTheEpochAndTheLimits) {
  guest g{home};
  const std::string& w = g.welcome;
  EXPECT_TRUE(starts(w, R"([{"e":"welcome","v":1,"server":"tickcast/test","session":")")) << w;
  EXPECT_NE(w.find(R"(","epoch":"6e1b","t":)"), std::string::npos);
  EXPECT_NE(w.find(R"(,"ping_s":20,"limits":{"symbols":1024,"commands_per_s":10,"burst":40,"frame_bytes":65536},)"
                   R"("encodings":["json","sbe"],"channels":["trades","quotes","bars","book","stats","status"]}])"),
            std::string::npos)
      << w;
}

TEST_F(Session, AnswersASubscribeWithTheNumbersThenTheSnapshotThenLive) {
  trade(), trade();
  guest g{home};
  EXPECT_EQ(g.subscribe(R"("id":"x","channel":"trades","symbols":["A","B","A","Z","é"])"),
            R"([{"e":"subscribed","id":"x","channel":"trades","mode":"every","interval_ms":0,)"
            R"("symbols":[{"s":"A","n":2},{"s":"B","n":0}],"failed":[{"s":"Z","code":"unknown_symbol"},)"
            R"({"s":"é","code":"unknown_symbol"}]},)" + trade_text("A", 2, "10", "1", ",\"snap\":true") + "]");
  trade();
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("A", 3, "10", "1") + "]");
}

TEST_F(Session, LeavesTheSnapshotOutWhenItIsNotWanted) {
  trade();
  for (const char* option : {R"("snapshot":false)", R"("history":0)"}) {
    guest g{home};
    EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["A"],)" + std::string{option}),
              R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":1}],"failed":[]}])");
  }
}

TEST_F(Session, SaysWhetherAResumeWorked) {
  trade();
  guest g{home};
  EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["A"],"resume":{"epoch":"6e1b","n":{"A":1}})"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":1,"recovered":true}],"failed":[]}])");
  guest other{home};
  EXPECT_EQ(other.subscribe(R"("channel":"trades","symbols":["A"],"resume":{"epoch":"old","n":{"A":1}})"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":1,"recovered":false}],"failed":[]},)" +
                trade_text("A", 1, "10", "1", ",\"snap\":true") + "]");
}

TEST_F(Session, GoesOnWithThoseItNamesWhenItTakesAll) {
  trade();
  home.source.trade(wire::symbol_id{1}, {2000, -2}, {1, 0});
  guest g{home};
  EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["*"],"resume":{"epoch":"6e1b","n":{"B":1,"NONE":7}})"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":2},)"
            R"({"s":"B","n":1,"recovered":true}],"failed":[]},)" +
                trade_text("A", 1, "10", "1", ",\"snap\":true") + "]");
}

TEST_F(Session, AnswersTheCommandsOfAFrameInTheirOrderThoughSomeMustWait) {
  guest g{home};
  g.begin(R"([{"op":"ping","id":1},{"op":"subscribe","id":2,"channel":"trades","symbols":["A"]},{"op":"echo","id":3,"data":[1]},)"
          R"({"op":"subscribe","id":4,"channel":"quotes","symbols":["*"]},{"op":"list","id":5}])");
  home.turn();
  EXPECT_TRUE(starts(g.way.frames.at(0), R"([{"e":"pong","id":1,"t":)"));
  EXPECT_EQ(g.way.frames.size(), 1u);
  g.way.said();
  g.come_to_rest();
  const std::string said = g.way.said();
  std::size_t at = 0;
  for (const char* id : {"\"id\":2", "\"id\":3", "\"id\":4", "\"id\":5"}) {
    EXPECT_GT(said.find(id), at) << said;
    at = said.find(id);
  }
  EXPECT_NE(said.find(R"("subscriptions":[{"channel":"trades","mode":"every","interval_ms":0,"symbols":["A"]},)"
                      R"({"channel":"quotes","mode":"latest","interval_ms":0,"symbols":["*"]}])"),
            std::string::npos)
      << said;
}

TEST_F(Session, ReadsNoFurtherWhileASubscribeWaits) {
  guest g{home};
  const std::string subscribe = R"({"op":"subscribe","channel":"trades","symbols":["A"]})", ping = R"({"op":"ping"})";
  EXPECT_TRUE(g.talk->message(ping, false));
  EXPECT_FALSE(g.talk->message(subscribe, false));
  EXPECT_FALSE(g.talk->proceed());
  home.settle();
  EXPECT_TRUE(g.way.reading_on);
  EXPECT_TRUE(g.talk->proceed());
}

TEST_F(Session, SendsNothingOfAStreamAfterItSaidUnsubscribed) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A","B"])");
  trade();
  EXPECT_EQ(g.say(R"({"op":"unsubscribe","id":1,"channel":"trades","symbols":["A","A"]})"),
            R"([{"e":"unsubscribed","id":1,"channel":"trades","symbols":["A"]}])");
  trade();
  trade(wire::symbol_id{1});
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("B", 1, "10", "1") + "]");
  EXPECT_TRUE(starts(g.say(R"({"op":"unsubscribe","id":2,"channel":"trades","symbols":["A"]})"), error("2", "unknown_symbol")));
  EXPECT_EQ(g.say(R"({"op":"unsubscribe","channel":"trades"})"), R"([{"e":"unsubscribed","channel":"trades","symbols":["B"]}])");
}

TEST_F(Session, TakesASnapshotBackThatIsStillOnItsWay) {
  trade();
  guest g{home};
  g.way.stuck = true;
  g.say(R"([{"op":"subscribe","id":1,"channel":"trades","symbols":["A"]},{"op":"unsubscribe","id":2,"channel":"trades","symbols":["A"]}])");
  g.way.take();
  EXPECT_EQ(g.way.said(),
            R"([{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"A","n":1}],"failed":[]},)"
            R"({"e":"unsubscribed","id":2,"channel":"trades","symbols":["A"]}])");
}

TEST_F(Session, RefusesWhatIsWrongAndChangesNothing) {
  home.bounds.symbols_per_session = 1;
  guest g{home};
  EXPECT_TRUE(starts(g.say("garbage"), error("", "bad_json")));
  EXPECT_TRUE(starts(g.say(R"({"op":"dance","id":1})"), error("1", "bad_command")));
  EXPECT_TRUE(starts(g.say(R"({"op":"auth","id":1,"token":"x"})"), error("1", "bad_command")));
  EXPECT_TRUE(starts(g.subscribe(R"("id":2,"channel":"news","symbols":["A"])"), error("2", "bad_channel")));
  EXPECT_TRUE(starts(g.subscribe(R"("id":3,"channel":"trades","symbols":["Z"])"), error("3", "unknown_symbol")));
  EXPECT_TRUE(starts(g.subscribe(R"("id":4,"channel":"trades","symbols":["A","B"])"), error("4", "too_many_symbols")));
  EXPECT_EQ(g.say("[]"), "");
  EXPECT_EQ(g.say(R"({"op":"list"})"), R"([{"e":"subscriptions","subscriptions":[]}])");
  EXPECT_FALSE(g.way.closed);
}

TEST_F(Session, CountsAWildcardAsOneSymbol) {
  home.bounds.symbols_per_session = 1;
  guest g{home};
  EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["*"])"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":2}],"failed":[]}])");
}

TEST_F(Session, OpensASymbolThatNobodyNamedYetWhenTheServerIsSetTo) {
  home.all.open_symbols = true;
  guest g{home};
  EXPECT_EQ(g.subscribe(R"("channel":"trades","symbols":["NEW"])"),
            R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"NEW","n":0}],"failed":[]}])");
  trade(wire::symbol_id{2});
  home.turn();
  EXPECT_EQ(g.way.said(), "[" + trade_text("NEW", 1, "10", "1") + "]");
}

TEST_F(Session, DoesNotCarryOutWhatComesTooFastAndEndsWhoInsists) {
  home.bounds.burst = 2;
  home.bounds.rate_strikes = 3;
  guest g{home};
  g.say(R"({"op":"ping"})");
  g.say(R"({"op":"ping"})");
  EXPECT_TRUE(starts(g.say(R"({"op":"ping","id":3})"), error("3", "rate_limited")));
  EXPECT_TRUE(starts(g.say(R"({"op":"ping","id":4})"), error("4", "rate_limited")));
  home.pass_ms(101);
  EXPECT_TRUE(starts(g.say(R"({"op":"ping"})"), R"([{"e":"pong")"));  // the row is broken
  for (int i = 0; i < 2; ++i) g.say(R"({"op":"ping"})");
  EXPECT_FALSE(g.way.closed);
  EXPECT_TRUE(starts(g.say(R"([{"op":"ping","id":5},{"op":"ping","id":6}])"), error("5", "rate_limited")));
  ASSERT_TRUE(g.way.closed);
  EXPECT_EQ(g.way.code, wire::close_code::too_many_commands);
}

TEST_F(Session, UnderstandsNoBinaryFrames) {
  guest g{home};
  EXPECT_FALSE(g.talk->message("x", true));
  EXPECT_EQ(g.way.code, wire::close_code::unsupported);
}

TEST_F(Session, EndsAfterAWhileWithoutACommand) {
  guest g{home};
  home.pass_ms(29'999);
  g.talk->heard(false);
  tend(g);
  EXPECT_FALSE(g.way.closed);
  home.pass_ms(1);
  tend(g);
  EXPECT_EQ(g.way.code, wire::close_code::idle);
}

TEST_F(Session, PingsASilentClientAndEndsWhenNoPongComes) {
  guest g{home};
  g.say(R"({"op":"ping"})");
  home.pass_ms(20'000);
  tend(g);
  EXPECT_EQ(g.way.pings, 1);
  g.talk->heard(false);  // a frame, but not the pong that is owed
  home.pass_ms(19'999);
  tend(g);
  EXPECT_FALSE(g.way.closed);
  g.talk->heard(true);
  home.pass_ms(20'000);
  tend(g);
  EXPECT_EQ(g.way.pings, 2);
  home.pass_ms(20'000);
  tend(g);
  EXPECT_EQ(g.way.code, wire::close_code::no_pong);
}

TEST_F(Session, EndsWhenTheSocketTakesNothingAtAllWhateverTheMode) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"],"mode":"latest")");
  g.way.stuck = true;
  home.pass_ms(9'999);
  tend(g);
  EXPECT_FALSE(g.way.closed);
  home.pass_ms(1);
  tend(g);
  ASSERT_TRUE(g.way.closed);
  EXPECT_EQ(g.way.code, wire::close_code::stalled);
  EXPECT_EQ(home.all.tally.evictions[static_cast<std::size_t>(eviction::stalled)].read(), 1);
}

TEST_F(Session, SaysTheLastNumbersWhenNothingElseWasSent) {
  guest g{home};
  trade();
  home.source.quote(wire::symbol_id{0}, 1000, 1001);
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  g.subscribe(R"("channel":"quotes","symbols":["A"],"interval_ms":60000)");
  home.source.quote(wire::symbol_id{0}, 1000, 1001);
  home.turn();
  home.source.quote(wire::symbol_id{0}, 1000, 1001);  // held back by the interval: not sent, so not told
  home.turn();
  g.way.said();
  home.pass_ms(4'999);
  tend(g);
  EXPECT_EQ(g.way.said(), "");
  home.pass_ms(1);
  tend(g);
  const std::string said = g.way.said();
  EXPECT_TRUE(starts(said, R"([{"e":"heartbeat","t":)"));
  EXPECT_NE(said.find(R"(,"n":{"trades":{"A":1},"quotes":{"A":2}}}])"), std::string::npos) << said;
}

TEST_F(Session, SaysNoHeartbeatWithoutSubscriptions) {
  guest g{home};
  home.pass_ms(10'000);
  tend(g);
  EXPECT_EQ(g.way.said(), "");
}

TEST_F(Session, GivesEverySymbolItsTurnInTheHeartbeats) {
  for (int i = 0; i < 62; ++i) home.source.name("S" + std::to_string(i));
  for (int i = 0; i < 10; ++i) home.source.trade(wire::symbol_id{static_cast<std::uint32_t>(i)}, {1, 0}, {1, 0});
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["*"],"snapshot":false)");
  g.subscribe(R"("channel":"quotes","symbols":["*"],"snapshot":false)");
  std::string told;
  for (int i = 0; i < 2; ++i) {
    home.pass_ms(5'000);
    tend(g);
    const std::string said = g.way.said();
    EXPECT_EQ(std::count(said.begin(), said.end(), ':'), 64 + 3 + (said.find("trades") != said.npos) + (said.find("quotes") != said.npos));
    told += said;
  }
  for (int i = 0; i < 62; ++i) {
    const std::string name = "\"S" + std::to_string(i) + "\":";
    EXPECT_NE(told.find(name), told.rfind(name)) << name;  // once for trades, once for quotes
  }
}

TEST_F(Session, AsksToBeTendedInTimeForEveryDeadline) {
  home.bounds.heartbeat = 700ms;
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["A"])");
  EXPECT_LE(g.talk->next_ns(home.now()), home.now() + in_ns(700ms));
  EXPECT_GT(g.talk->next_ns(home.now()), home.now());
  for (int i = 0; i < 100; ++i) {  // each deadline met within a second of being due
    home.pass_ns(std::min<std::int64_t>(g.talk->next_ns(home.now()) - home.now(), in_ns(1s)));
    tend(g);
    if (g.way.pings) break;
  }
  EXPECT_EQ(g.way.pings, 1);
  EXPECT_LE(home.now() - 1'000'000'000'000, in_ns(21s));
}

TEST_F(Session, SaysByeWhenTheServerDrains) {
  guest g{home};
  g.talk->drain(1234);
  home.turn();
  EXPECT_EQ(g.way.said(), R"([{"e":"bye","why":"draining","retry_ms":1234}])");
}

TEST_F(Session, LeavesAllItsStreamsWhenItCloses) {
  guest g{home};
  g.subscribe(R"("channel":"trades","symbols":["*"])");
  g.begin(R"({"op":"subscribe","channel":"quotes","symbols":["A"]})");
  g.talk->closing();
  home.settle();
  home.settle();
  for (wire::channel c : wire::all_channels) {
    EXPECT_EQ(home.all.tally.subscriptions[wire::index_of(c)].read(), 0);
    for (std::uint32_t s : {0u, 1u}) EXPECT_FALSE(home.source.of(c, wire::symbol_id{s}).wanted);
  }
  trade();
  home.turn();
  EXPECT_EQ(g.way.said(), "");
}

}  // namespace
}  // namespace tickcast::fanout
