#include "wire/reference.hpp"

#include <gtest/gtest.h>

namespace tickcast::wire {
namespace {

market_message read(std::string_view text) {
  message_members members;
  EXPECT_TRUE(members.read(text));
  market_message m;
  const char* fault = m.read(members.e.plain() == "quote" ? market_kind::quote : market_kind::trade, members);
  EXPECT_EQ(fault, nullptr) << fault << " in " << text;
  return m;
}

struct Reference : testing::Test {
  reference known;
  reference::stream& trades = known.of("e1", channel::trades, "A");

  std::string hear(std::string_view text) { return known.hear(trades, read(text), "connection 2"); }
  void three_trades() {
    EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":1,"t":1900000,"p":1.5,"q":1})"), "");
    EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":2,"t":1950000,"p":3,"q":2.5})"), "");
    EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":3,"t":2000000,"p":2,"q":3})"), "");
  }
};

constexpr std::string_view merged =
    R"({"e":"trade","s":"A","n":3,"t":2000000,"p":2,"q":3,"o":1.5,"h":3,"l":1.5,"v":6.5,"f":1,"k":3})";

TEST_F(Reference, TakesAMergeThatIsTheSumOfItsTrades) {
  three_trades();
  EXPECT_EQ(hear(merged), "");
  EXPECT_EQ(known.told().merges, 1u);
  EXPECT_EQ(known.told().across_seconds, 1u);
  EXPECT_EQ(known.told().across_minutes, 0u);
}

TEST_F(Reference, NamesWhatIsWrongInAMerge) {
  three_trades();
  const std::pair<std::string_view, std::string_view> lies[] = {
      {R"("o":1.5)", R"("o":1.6)"}, {R"("h":3)", R"("h":3.5)"}, {R"("l":1.5)", R"("l":1.4)"},
      {R"("v":6.5)", R"("v":6.4)"}, {R"("p":2)", R"("p":2.5)"}, {R"("q":3)", R"("q":2)"}, {R"("t":2000000)", R"("t":2000001)"}};
  for (const auto& [truth, lie] : lies) {
    std::string text{merged};
    text.replace(text.find(truth), truth.size(), lie);
    const std::string fault = hear(text);
    EXPECT_TRUE(fault.starts_with("merge is exact: trades A 1…3 ")) << text << ": " << fault;
    EXPECT_TRUE(fault.ends_with("(connection 2)")) << fault;
  }
}

TEST_F(Reference, WaitsForTradesThatItHasNotHeard) {
  std::string lie{merged};
  lie.replace(lie.find(R"("v":6.5)"), 7, R"("v":6.6)");
  EXPECT_EQ(hear(merged), "");
  EXPECT_EQ(hear(lie), "");
  EXPECT_EQ(known.waiting_merges(), 2u);
  EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":1,"t":1900000,"p":1.5,"q":1})"), "");
  EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":2,"t":1950000,"p":3,"q":2.5})"), "");
  EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":3,"t":2000000,"p":2,"q":3})"),
            "merge is exact: trades A 1…3 has v 6.6, its trades amount to 6.5 (connection 2)");
  EXPECT_EQ(known.waiting_merges(), 0u);
}

TEST_F(Reference, ANumberSaysTheSameToEverybody) {
  three_trades();
  EXPECT_EQ(hear(R"({"e":"trade","s":"A","n":2,"t":1950000,"p":3.0,"q":2.50,"snap":true})"), "");
  EXPECT_EQ(known.told().messages, 1u);
  for (std::string_view other : {R"({"e":"trade","s":"A","n":2,"t":1950000,"p":3.1,"q":2.5})",
                                 R"({"e":"trade","s":"A","n":2,"t":1950001,"p":3,"q":2.5})",
                                 R"({"e":"trade","s":"A","n":2,"t":1950000,"p":3,"q":2.5,"side":"buy"})"})
    EXPECT_TRUE(hear(other).starts_with("agreement: trades A 2 ")) << other;
}

TEST_F(Reference, AnotherEpochIsAnotherCount) {
  three_trades();
  reference::stream& later = known.of("e2", channel::trades, "A");
  EXPECT_EQ(known.hear(later, read(R"({"e":"trade","s":"A","n":2,"t":7,"p":7,"q":7})"), ""), "");
  EXPECT_EQ(&known.of("e1", channel::trades, "A"), &trades);
}

TEST_F(Reference, AMergedQuoteIsTheNewestOne) {
  reference::stream& quotes = known.of("e1", channel::quotes, "A");
  const auto tell = [&](std::string_view text) { return known.hear(quotes, read(text), "connection 2"); };
  EXPECT_EQ(tell(R"({"e":"quote","s":"A","n":1,"t":1,"b":1,"bq":1,"a":2,"aq":1})"), "");
  EXPECT_EQ(tell(R"({"e":"quote","s":"A","n":2,"t":2,"b":1,"bq":5,"a":2,"aq":1})"), "");
  EXPECT_EQ(tell(R"({"e":"quote","s":"A","n":2,"t":2,"b":1,"bq":5,"a":2,"aq":1,"f":1,"k":2})"), "");
  EXPECT_EQ(tell(R"({"e":"quote","s":"A","n":2,"t":2,"b":1,"bq":1,"a":2,"aq":1,"f":1,"k":2})"),
            "merge is exact: quotes A 1…2 is not its newest quote (connection 2)");
}

TEST(ReferenceBudget, KeepsTheNewestAndPassesOverWhatIsTooOld) {
  reference small{64};
  reference::stream& at = small.of("e1", channel::trades, "A");
  for (int n = 1; n <= 200; ++n)
    ASSERT_EQ(small.hear(at, read(R"({"e":"trade","s":"A","n":)" + std::to_string(n) + R"(,"t":1,"p":1,"q":1})"), ""), "");
  EXPECT_EQ(small.hear(at, read(R"({"e":"trade","s":"A","n":3,"t":1,"p":9,"q":1,"o":9,"h":9,"l":9,"v":3,"f":1,"k":3})"), ""), "");
  EXPECT_EQ(small.told().passed_over, 1u);
  EXPECT_EQ(small.hear(at, read(R"({"e":"trade","s":"A","n":199,"t":1,"p":1,"q":1,"o":1,"h":1,"l":1,"v":2,"f":198,"k":2})"), ""), "");
  EXPECT_EQ(small.told().merges, 1u);
}

}  // namespace
}  // namespace tickcast::wire
