#include "fanout/backlog.hpp"

#include <gtest/gtest.h>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

class Backlog : public testing::Test {
 protected:
  fragment trade(std::uint32_t symbol, wire::sequence n, std::int64_t cents, std::int64_t size = 1,
                 std::string_view id = {}, std::int64_t second = 0) {
    wire::tick t = tick(symbol, n, cents, size);
    t.venue_ns += second * 1'000'000'000;
    wire::notes notes;
    if (!id.empty()) notes.add(wire::note_tag::id, id);
    return now.at(now.add_tick(table.name(t.symbol), t, notes.bytes(), wire::encoding::json));
  }
  static wire::tick tick(std::uint32_t symbol, wire::sequence n, std::int64_t cents, std::int64_t size = 1) {
    wire::tick t{};
    t.symbol = wire::symbol_id{symbol};
    t.n = n;
    t.venue_ns = (1'700'000'000'000'000 + static_cast<std::int64_t>(n) * 17) * 1000;
    t.arrived_ns = 5;
    t.price_exponent = -2;
    t.trade.price = cents;
    t.trade.size = size;
    return t;
  }
  void ask(std::uint32_t symbol, wire::sequence first, wire::sequence last, asked_for how) {
    const auto sheet = std::make_shared<wire::sheet>();
    for (wire::sequence n = first; n <= last; ++n) sheet->emplace_back(tick(symbol, n, 1000));
    b.add_asked(wire::channel::trades, wire::symbol_id{symbol}, {sheet, 0, sheet->size()}, how);
  }
  struct no_books final : shown_books {
    wire::book_message* look(wire::symbol_id) override { return nullptr; }
    void took(wire::symbol_id, wire::sequence) override {}
  };
  fragment gap(std::uint32_t symbol, wire::sequence first, wire::sequence last) {
    return now.at(now.add_gap(table.name(wire::symbol_id{symbol}), wire::channel::trades, wire::symbol_id{symbol}, first,
                              last, wire::gap_why::overflow, wire::encoding::json));
  }
  void add(const fragment& f, std::int64_t now_ns = 1) { b.add(now, f, counts, now_ns); }
  void merge(const fragment& f) { b.add_merged(now, f, counts); }
  std::string pop() {
    batch to;
    to.begin();
    sent sum;
    no_books books;
    b.pop(to, table, sum, books);
    sum.count(counts, wire::encoding::json, popped_ns);
    return to.count() ? std::string{to.finish()} : std::string{};
  }

  void SetUp() override {
    table.append("A");
    table.append("B");
  }
  static bool any(wire::channel, wire::symbol_id) { return true; }
  static bool only_a(wire::channel, wire::symbol_id s) { return wire::index_of(s) == 0; }

  wire::symbol_table table{8};
  turn now;
  tally counts;
  backlog b;
  static constexpr std::int64_t popped_ns = 10'000;
};

TEST_F(Backlog, KeepsTheOrderAndOutlivesTheTurn) {
  add(trade(0, 1, 1010, 5, "x"));
  add(trade(1, 7, 2000));
  add(gap(0, 2, 3));
  add(trade(0, 4, 1020));
  now.forget();
  EXPECT_EQ(pop(), "[" + trade_text("A", 1, "10.1", "5", ",\"id\":\"x\"") + "," + trade_text("B", 7, "20", "1") +
                       R"(,{"e":"gap","channel":"trades","s":"A","f":2,"n":3,"why":"overflow"},)" +
                       trade_text("A", 4, "10.2", "1") + "]");
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.bytes(), 0u);
  EXPECT_EQ(b.oldest_ns(), 0);
}

TEST_F(Backlog, MeasuresWhatItWouldSendOfEveryStreamsOnly) {
  const fragment first = trade(0, 1, 1010), second = trade(0, 2, 1020);
  add(first, 100);
  add(second, 200);
  merge(trade(1, 1, 2000));
  add(gap(1, 2, 2));
  EXPECT_EQ(b.bytes(), first.parts[0].length + second.parts[0].length);
  EXPECT_EQ(b.messages(), 2u);
  EXPECT_EQ(b.oldest_ns(), 100);
  b.forget(only_a);
  EXPECT_EQ(b.bytes(), 0u);
  EXPECT_EQ(b.messages(), 0u);
  EXPECT_EQ(b.oldest_ns(), 0);
  EXPECT_FALSE(b.empty());
}

TEST_F(Backlog, MergesALatestStreamIntoOneEntryThatGrows) {
  merge(trade(0, 1, 1010, 2));
  merge(trade(1, 1, 500));
  merge(trade(0, 2, 990, 3));
  merge(trade(0, 3, 1000, 4));
  now.forget();
  EXPECT_EQ(pop(), "[" + trade_text("A", 3, "10", "4", R"(,"o":10.1,"h":10.1,"l":9.9,"v":9,"f":1,"k":3)") + "," +
                       trade_text("B", 1, "5", "1") + "]");
  EXPECT_EQ(counts.merged[0].read(), 2);
}

TEST_F(Backlog, NeverMergesAcrossAGapASnapshotOrAPlainMessage) {
  merge(trade(0, 1, 1010));
  add(gap(0, 2, 4));
  merge(trade(0, 5, 1020));
  add(trade(0, 6, 1030));
  merge(trade(0, 7, 1040));
  ask(0, 7, 7, asked_for::snapshot);
  merge(trade(0, 8, 1050));
  merge(trade(0, 10, 1060));  // does not follow on
  EXPECT_EQ(pop(), "[" + trade_text("A", 1, "10.1", "1") +
                       R"(,{"e":"gap","channel":"trades","s":"A","f":2,"n":4,"why":"overflow"},)" +
                       trade_text("A", 5, "10.2", "1") + "," + trade_text("A", 6, "10.3", "1") + "," +
                       trade_text("A", 7, "10.4", "1") + "," + trade_text("A", 7, "10", "1", ",\"snap\":true") + "," +
                       trade_text("A", 8, "10.5", "1") + "," + trade_text("A", 10, "10.6", "1") + "]");
}

TEST_F(Backlog, StartsANewMergeWhenTheVolumeHasNoRoom) {
  merge(trade(0, 1, 1010, 9'000'000'000'000'000'000));
  merge(trade(0, 2, 1010, 9'000'000'000'000'000'000));
  merge(trade(0, 3, 1010, 1));
  const std::string said = pop();
  EXPECT_NE(said.find("\"n\":1,"), std::string::npos);
  EXPECT_NE(said.find("\"v\":9000000000000000001,\"f\":2,\"k\":2"), std::string::npos);
}

TEST_F(Backlog, MergesWhatWasQueuedOfTheChosenStreamsAndLetsItGrow) {
  add(trade(0, 1, 1010, 2), 10);
  add(trade(1, 1, 500), 20);
  add(trade(0, 2, 990, 3), 30);
  b.merge_queued(only_a, counts);
  EXPECT_EQ(b.messages(), 1u);
  EXPECT_EQ(b.oldest_ns(), 20);
  merge(trade(0, 3, 1000, 4));
  EXPECT_EQ(pop(), "[" + trade_text("A", 3, "10", "4", R"(,"o":10.1,"h":10.1,"l":9.9,"v":9,"f":1,"k":3)") + "," +
                       trade_text("B", 1, "5", "1") + "]");
}

TEST_F(Backlog, DropsWhatWasQueuedOfTheChosenStreamsAndSaysSoInItsPlace) {
  add(trade(0, 1, 1010), 10);
  add(trade(1, 1, 500), 20);
  add(trade(0, 2, 990), 30);
  add(gap(0, 3, 3));
  add(trade(0, 4, 1000), 40);
  b.drop_queued(only_a, counts);
  EXPECT_EQ(b.messages(), 1u);
  add(trade(0, 5, 1000), 50);
  b.drop_queued(only_a, counts);  // joins the gap before it
  EXPECT_EQ(counts.gaps[static_cast<std::size_t>(wire::gap_why::slow_consumer)].read(), 2);
  EXPECT_EQ(pop(), R"([{"e":"gap","channel":"trades","s":"A","f":1,"n":2,"why":"slow_consumer"},)" +
                       trade_text("B", 1, "5", "1") +
                       R"(,{"e":"gap","channel":"trades","s":"A","f":3,"n":3,"why":"overflow"})"
                       R"(,{"e":"gap","channel":"trades","s":"A","f":4,"n":5,"why":"slow_consumer"}])");
}

TEST_F(Backlog, DoesNotGrowAMergeThatWasTaken) {
  merge(trade(0, 1, 1010));
  EXPECT_EQ(pop(), "[" + trade_text("A", 1, "10.1", "1") + "]");
  merge(trade(0, 2, 1020));
  EXPECT_EQ(pop(), "[" + trade_text("A", 2, "10.2", "1") + "]");
}

TEST_F(Backlog, GivesOneRecordsWorthAtATimeWhateverTheMessagesAre) {
  for (wire::sequence n = 1; n <= 900; ++n) {
    add(trade(0, 2 * n, 1010));
    merge(trade(1, 3 * n, 1020));     // never follow on, so each stays alone
    if (n % 2) add(gap(0, 2 * n + 1, 2 * n + 1));
    if (n % 30 == 0) ask(0, 2 * n - 40, 2 * n, asked_for::snapshot);
  }
  std::size_t frames = 0;
  for (std::string frame; !(frame = pop()).empty(); ++frames) ASSERT_LE(frame.size() + wire::frame_header_max, 16'384u - 22);
  EXPECT_GT(frames, 10u);
  EXPECT_EQ(b.bytes(), 0u);
  EXPECT_EQ(b.messages(), 0u);
}

TEST_F(Backlog, TellsTheOldestArrivalOfWhatItGaveButNotThatOfASnapshot) {
  for (wire::sequence n : {1, 2}) {
    wire::tick t = tick(0, n, 1000);
    t.arrived_ns = n == 1 ? 900 : 700;
    add(now.at(now.add_tick("A", t, {}, wire::encoding::json)));
  }
  ask(0, 2, 2, asked_for::snapshot);
  pop();
  EXPECT_NEAR(counts.tick_to_socket[0].sum_seconds(), 2 * (popped_ns - 700) * 1e-9, 1e-12);
}

TEST_F(Backlog, GivesWhatWasAskedForInItsPlaceMarkedAsASnapshotOrAsItOnceWas) {
  add(trade(0, 4, 1010));
  ask(1, 8, 9, asked_for::replay);
  ask(0, 4, 4, asked_for::snapshot);
  add(trade(0, 5, 1020));
  EXPECT_EQ(b.messages(), 2u) << "what was asked for is not what the market queued";
  EXPECT_EQ(b.asked_bytes(), 3 * 64u);
  EXPECT_EQ(pop(), "[" + trade_text("A", 4, "10.1", "1") + "," + trade_text("B", 8, "10", "1") + "," +
                       trade_text("B", 9, "10", "1") + "," + trade_text("A", 4, "10", "1", ",\"snap\":true") + "," +
                       trade_text("A", 5, "10.2", "1") + "]");
  EXPECT_EQ(b.asked_bytes(), 0u);
  EXPECT_EQ(counts.messages_out[wire::index_of(wire::encoding::json)][0].read(), 5);
}

TEST_F(Backlog, HandsOutALongReplayInParts) {
  ask(0, 1, 1000, asked_for::replay);
  add(trade(0, 1001, 1000));
  std::string all;
  int frames = 0;
  for (std::string frame; !(frame = pop()).empty(); ++frames) {
    all += frame;
    ASSERT_LE(frame.size(), 16'384u);
  }
  EXPECT_GT(frames, 3);
  std::size_t at = 0;
  for (int n = 1; n <= 1001; ++n) {
    at = all.find("\"n\":" + std::to_string(n) + ",", at);
    ASSERT_NE(at, all.npos) << n;
  }
  EXPECT_EQ(b.asked_bytes(), 0u);
}

TEST_F(Backlog, BeginsAnEntryAtEachSecondSoThatBarsStayWhole) {
  for (int second = 0; second < 3; ++second)
    for (wire::sequence n = 1; n <= 2; ++n) merge(trade(0, static_cast<wire::sequence>(2 * second) + n, 1000, 1, {}, second));
  const std::string got = pop();
  EXPECT_NE(got.find("\"f\":1,\"k\":2"), got.npos) << got;
  EXPECT_NE(got.find("\"f\":3,\"k\":2"), got.npos) << got;
  EXPECT_NE(got.find("\"f\":5,\"k\":2"), got.npos) << got;
}

TEST_F(Backlog, StaysSmallHoweverManySecondsAClientSleeps) {
  for (int second = 0; second < 10'000; ++second) merge(trade(0, static_cast<wire::sequence>(second) + 1, 1000, 1, {}, second));
  std::size_t messages = 0;
  for (std::string frame; !(frame = pop()).empty();)
    for (std::size_t at = 0; (at = frame.find("{\"e\"", at)) != frame.npos; ++at) ++messages;
  EXPECT_EQ(messages, 129u);
  merge(trade(0, 10'001, 1000, 1, {}, 10'001));
  merge(trade(0, 10'002, 1000, 1, {}, 10'002));
  EXPECT_NE(pop().find("},{"), std::string::npos) << "and there is room for seconds again";
}

}  // namespace
}  // namespace tickcast::fanout
