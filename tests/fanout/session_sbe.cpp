// A session whose market messages are SBE, beside one whose are JSON: the same is said, in order, and control stays text.
#include "fanout/session.hpp"

#include <gtest/gtest.h>

#include "guest.hpp"
#include "wire/encode_sbe.hpp"

namespace tickcast::fanout {
namespace {

constexpr wire::symbol_id a{0}, b{1};

class SessionSbe : public testing::Test {
 protected:
  void SetUp() override {
    home.source.name("A");
    home.source.name("B");
  }
  void trade(wire::symbol_id s, bool lost = false) { home.source.trade(s, {1000 + ++price_, -2}, {1, 0}, {}, lost); }
  static std::string text(std::string_view s, int n, int price, std::string_view more = {}) {
    return trade_text(s, n, wire::to_text(wire::normal({1000 + price, -2})), "1", more);
  }
  static void tell(guest& g, const std::string& rest) {
    g.begin("{\"op\":\"subscribe\"," + rest + "}");
    g.come_to_rest();
  }
  // All messages, whatever frames they came in; ids are what only SBE has.
  static std::string messages(guest& g) {
    std::string all = g.heard();
    for (const std::string_view joint : {"]#[", "]["})
      for (std::size_t at = 0; (at = all.find(joint, at)) != all.npos;) all.replace(at, joint.size(), ",");
    constexpr std::string_view id = R"(,"id":)";
    for (std::size_t at = 0; (at = all.find(id, at)) != all.npos;)
      all.erase(at, all.find_first_not_of("0123456789", at + id.size()) - at);
    if (all.starts_with('#')) all.erase(0, 1);
    return all;
  }

  jar home;

 private:
  int price_ = 0;
};

TEST_F(SessionSbe, SaysControlAsTextWithIdsAndTheMarketInBinaryFrames) {
  trade(a), trade(a);
  guest g{home, wire::encoding::sbe};
  tell(g, R"("id":1,"channel":"trades","symbols":["B","A","Z"])");
  EXPECT_EQ(g.heard(), R"([{"e":"subscribed","id":1,"channel":"trades","mode":"every","interval_ms":0,)"
                       R"("symbols":[{"s":"B","n":0,"id":1},{"s":"A","n":2,"id":0}],"failed":[{"s":"Z","code":"unknown_symbol"}]}])"
                       "#[" + text("A", 2, 2, ",\"snap\":true") + "]");
  trade(a), trade(b);
  home.turn();
  ASSERT_EQ(g.way.frames.size(), 1u);
  wire::text expected;
  const auto& told = home.source.of(wire::channel::trades, a).all.back().tick;
  wire::encode_sbe(expected, told, {});
  EXPECT_EQ(g.way.frames[0].substr(0, expected.size()), expected.view());
  EXPECT_EQ(g.heard(), "#[" + text("A", 3, 3) + "," + text("B", 1, 4) + "]");
}

TEST_F(SessionSbe, NamesAllSymbolsBeforeAnyDataAndNewOnesAsTheyCome) {
  trade(b);
  guest g{home, wire::encoding::sbe};
  tell(g, R"("channel":"trades","symbols":["*"])");
  EXPECT_EQ(g.heard(), R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":2}],"failed":[]},)"
                       R"({"e":"symbol","s":"A","id":0},{"e":"symbol","s":"B","id":1}]#[)" + text("B", 1, 1, ",\"snap\":true") + "]");
  trade(a);
  trade(home.source.name("C"));
  home.turn();
  EXPECT_EQ(g.heard(), R"([{"e":"symbol","s":"C","id":2}]#[)" + text("A", 1, 2) + "," + text("C", 1, 3) + "]");
  tell(g, R"("channel":"quotes","symbols":["*"],"snapshot":false)");
  EXPECT_EQ(g.heard(), R"([{"e":"subscribed","channel":"quotes","mode":"latest","interval_ms":0,"symbols":[{"s":"*","count":3}],"failed":[]}])")
      << "what was named is not named again";
}

TEST_F(SessionSbe, NamesNobodyToAJsonSession) {
  guest g{home};
  tell(g, R"("channel":"trades","symbols":["*"])");
  trade(home.source.name("C"));
  home.turn();
  EXPECT_EQ(g.heard(), R"([{"e":"subscribed","channel":"trades","mode":"every","interval_ms":0,"symbols":[{"s":"*","count":2}],"failed":[]}])"
                       "[" + text("C", 1, 1) + "]");
}

TEST_F(SessionSbe, WritesNamesOnlyAsTheSocketTakesThem) {
  jar large;
  large.bounds.backlog_bytes = 2000;
  wire::symbol_id last{};
  for (int i = 0; i < 60; ++i) last = large.source.name("A_SYMBOL_WITH_A_LONG_NAME_" + std::to_string(i));
  guest g{large, wire::encoding::sbe};
  g.way.room = 0, g.way.stuck = true;
  tell(g, R"("channel":"trades","symbols":["*"])");
  large.source.trade(last, {1000, -2}, {1, 0});
  large.turn();
  g.talk->tend(large.now());
  EXPECT_FALSE(g.way.closed) << "names count in no queue";
  EXPECT_TRUE(g.way.frames.empty());
  g.way.take();
  const std::string all = g.heard();
  EXPECT_NE(all.find(R"({"e":"symbol","s":"A_SYMBOL_WITH_A_LONG_NAME_0","id":0},)"), all.npos);
  EXPECT_NE(all.find(R"({"e":"symbol","s":"A_SYMBOL_WITH_A_LONG_NAME_59","id":59}]#[{"e":"trade")"), all.npos) << all;
}

// Several ways to be late, the same ones for both.
TEST_F(SessionSbe, SaysWhatAJsonSessionIsTold) {
  home.bounds.backlog_bytes = 4000;
  guest json{home}, sbe{home, wire::encoding::sbe};
  const auto both = [&](auto what) { what(json), what(sbe); };
  const auto same = [&](const char* when) {
    home.turn();
    const std::string told = messages(json);
    EXPECT_FALSE(told.empty()) << when;
    EXPECT_EQ(messages(sbe), told) << when;
  };
  for (int i = 0; i < 20; ++i) trade(a);
  both([](guest& g) { tell(g, R"("channel":"trades","symbols":["A"],"history":7,"on_slow":"gap")"); });
  same("history");
  both([](guest& g) { tell(g, R"("channel":"trades","symbols":["B"],"mode":"latest","interval_ms":50)"); });
  both([](guest& g) { tell(g, R"("channel":"quotes","symbols":["A","B"])"); });
  same("acknowledged");
  for (int i = 0; i < 5; ++i) trade(b), home.source.quote(a, 990 + i, 1010), home.source.quote(b, 1, 2 + i);
  same("at once");
  for (int i = 0; i < 5; ++i) trade(b), home.source.quote(b, 1, 2 + i);
  same("merged, and as fast as it is read");
  home.pass_ms(60);
  same("an interval later");
  trade(a, true), trade(a);
  same("a hole");
  both([](guest& g) { g.way.stuck = true; });
  for (int i = 0; i < 3; ++i) trade(a), trade(b), home.source.quote(a, 900 + i, 910);
  home.turn();
  both([](guest& g) { g.way.take(); });
  same("queued");
  both([](guest& g) { g.way.stuck = true; });
  for (int i = 0; i < 200; ++i) trade(a), home.turn();
  both([](guest& g) { g.way.take(); });
  home.turn();
  EXPECT_NE(json.heard().find(R"("why":"slow_consumer")"), std::string::npos);
  EXPECT_NE(sbe.heard().find(R"(#[{"e":"gap","channel":"trades","s":"A",)"), std::string::npos) << "in its place among the data";
  both([](guest& g) { tell(g, R"("channel":"trades","symbols":["B"],"resume":{"epoch":"6e1b","n":{"B":2}})"); });
  same("resumed");
}

TEST_F(SessionSbe, SaysAChangeOfRateInTextBeforeTheDataItIsAbout) {
  home.bounds.backlog_bytes = 4000;
  guest g{home, wire::encoding::sbe};
  tell(g, R"("channel":"trades","symbols":["A"],"on_slow":"latest")");
  g.heard();
  g.way.stuck = true;
  for (int i = 0; i < 100; ++i) trade(a), home.turn();
  g.way.take();
  const std::string told = g.heard();
  EXPECT_TRUE(told.starts_with(R"([{"e":"rate","channel":"trades","mode":"latest","why":"slow_consumer"}]#[{"e":"trade","s":"A","n":100,)")) << told;
  EXPECT_TRUE(told.ends_with(R"([{"e":"rate","channel":"trades","mode":"every","why":"slow_consumer"}])")) << told;
}

// It is shorter on the wire, but takes the same memory while it waits.
TEST_F(SessionSbe, CountsWhatWaitsAsMuchAsJsonDoes) {
  guest json{home}, sbe{home, wire::encoding::sbe};
  for (guest* g : {&json, &sbe}) {
    tell(*g, R"("channel":"trades","symbols":["A"])");
    g->heard();
    g->way.stuck = true;
  }
  for (int i = 0; i < 10; ++i) trade(a);
  home.turn();
  EXPECT_EQ(sbe.talk->waiting().bytes(), 10u * 86);
  EXPECT_EQ(json.talk->waiting().bytes(), 9 * text("A", 1, 1).size() + text("A", 10, 10).size());
}

TEST_F(SessionSbe, CostsNothingWhereNobodyListensInIt) {
  const auto parts_of = [&](std::initializer_list<wire::encoding> who) {
    jar fresh;
    fresh.source.name("A");
    std::vector<std::unique_ptr<guest>> all;
    for (wire::encoding e : who) {
      all.push_back(std::make_unique<guest>(fresh, e));
      tell(*all.back(), R"("channel":"trades","symbols":["A"])");
    }
    wire::tick t{};
    t.n = 1;
    fresh.streams.publish(t, {});
    return fresh.all.turn.at(0).parts;
  };
  using wire::encoding;
  const auto length = [](const auto& parts, encoding e) { return parts[wire::index_of(e)].length; };
  EXPECT_EQ(length(parts_of({encoding::json}), encoding::sbe), 0u);
  EXPECT_GT(length(parts_of({encoding::json}), encoding::json), 0u);
  EXPECT_EQ(length(parts_of({encoding::sbe}), encoding::json), 0u);
  EXPECT_EQ(length(parts_of({encoding::sbe, encoding::sbe}), encoding::sbe), 56u);
  for (encoding e : wire::all_encodings) EXPECT_GT(length(parts_of({encoding::json, encoding::sbe}), e), 0u);
}

}  // namespace
}  // namespace tickcast::fanout
