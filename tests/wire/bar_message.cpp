#include "wire/bar_message.hpp"

#include <gtest/gtest.h>

#include <string>

#include "random_ticks.hpp"
#include "wire/decode_sbe.hpp"
#include "wire/encoding.hpp"
#include "wire/merge.hpp"

namespace tickcast::wire {
namespace {

decimal d(std::string_view text) { return parse_decimal(text).value(); }

struct told {
  tick t{};
  notes with;
};

told bar(sequence n, std::string_view close, bar_state state = bar_state::open, std::int64_t start_us = 1'732'060'800'000'000) {
  told made;
  made.t.kind = record_kind::bar_1m;
  made.t.n = n;
  made.t.venue_ns = start_us * 1000;
  made.t.state = state;
  pack({d("189.3"), d("190"), d("1.25"), d(close), d("1234.5"), 17, 3, {}, {}}, made.t, made.with);
  return made;
}

std::string json(const told& b, bool snapshot = false) {
  text to;
  encode_json(to, "AAPL", b.t, b.with.bytes(), snapshot);
  return std::string{to.view()};
}

TEST(BarMessage, IsThatOfTheContract) {
  EXPECT_EQ(json(bar(20, "189.34")), R"({"e":"bar","s":"AAPL","i":"1m","t":1732060800000000,"o":189.3,"h":190,"l":1.25,"c":189.34,)"
                                     R"("v":1234.5,"k":17,"f":3,"n":20,"x":false})");
  EXPECT_TRUE(json(bar(20, "189.34", bar_state::closed)).ends_with(R"("x":true})"));
  EXPECT_TRUE(json(bar(20, "189.34", bar_state::revised)).ends_with(R"("x":false,"rev":true})"));
  EXPECT_TRUE(json(bar(20, "189.34", bar_state::closed), true).ends_with(R"("x":true,"snap":true})"));
}

TEST(BarMessage, OfStatisticsHasNoEnd) {
  told stat;
  stat.t.kind = record_kind::stat;
  stat.t.n = 9;
  stat.t.venue_ns = 1'732'060'800'123'456'789;
  pack({d("100"), d("126"), d("99"), d("120"), d("7"), 5, 0, d("21"), d("-4.7619")}, stat.t, stat.with);
  EXPECT_EQ(json(stat), R"({"e":"stat","s":"AAPL","n":9,"t":1732060800123456,"o":100,"h":126,"l":99,"c":120,"v":7,"k":5,)"
                        R"("ch":21,"pct":-4.7619})");
}

TEST(BarMessage, TellsHowFarAPriceHasCome) {
  const auto change = [](std::string_view price, std::string_view from) {
    decimal by, percent;
    change_of(d(price), d(from), by, percent);
    return to_text(by) + " " + to_text(percent) + "%";
  };
  EXPECT_EQ(change("126", "105"), "21 20%");
  EXPECT_EQ(change("100", "105"), "-5 -4.7619%");
  EXPECT_EQ(change("100.01", "100"), "0.01 0.01%");
  EXPECT_EQ(change("1", "3"), "-2 -66.6667%");
  EXPECT_EQ(change("5", "0"), "5 0%");
  EXPECT_EQ(change("-37.63", "18.27"), "-55.9 -305.9661%");
  EXPECT_EQ(change("999999999999999999", "0.000000000000000001"), "0 0%") << "which no number of 18 digits can say";
}

// Whatever a bar can hold, SBE says it too, and it can be told in JSON again.
TEST(BarMessage, IsTheSameInSbe) {
  std::mt19937_64 dice{11};
  const auto number = [&] {
    return decimal{static_cast<std::int64_t>(dice() % 2'000'000'000'000) - 1'000'000'000'000,
                   static_cast<std::int8_t>(static_cast<int>(dice() % 37) - 18)};
  };
  for (int i = 0; i < 5000; ++i) {
    told one;
    one.t.kind = static_cast<record_kind>(static_cast<unsigned>(record_kind::stat) + dice() % 7);
    if (one.t.kind != record_kind::stat) one.t.state = static_cast<bar_state>(dice() % 3);
    one.t.symbol = symbol_id{static_cast<std::uint32_t>(dice())};
    one.t.n = dice() >> 1;
    one.t.venue_ns = static_cast<std::int64_t>(dice() >> 1);
    const bool stat = one.t.kind == record_kind::stat;
    pack({number(), number(), number(), number(), number(), dice(), stat ? 0 : dice(), stat ? number() : decimal{},
          stat ? number() : decimal{}}, one.t, one.with);
    const bool snapshot = dice() % 2;
    text sbe, again;
    encode_sbe(sbe, one.t, one.with.bytes(), snapshot);
    EXPECT_EQ(sbe.size() % 8, 0u) << "the next message is aligned too";
    std::string_view frame = sbe.view();
    sbe_message read;
    ASSERT_EQ(decode_sbe(frame, read), nullptr);
    EXPECT_TRUE(frame.empty());
    EXPECT_EQ(read.tick.symbol, one.t.symbol);
    EXPECT_EQ(read.channel, channel_of(one.t.kind));
    encode_json(again, "AAPL", read);
    ASSERT_EQ(again.view(), json(one, snapshot));
    // Cut anywhere, it is told to be.
    std::string_view cut = sbe.view().substr(0, dice() % sbe.size());
    EXPECT_NE(decode_sbe(cut, read), nullptr);
  }
}

TEST(BarMessage, OfSbeIsRefusedWhenItCannotBe) {
  text sbe;
  const told one = bar(1, "2");
  encode_sbe(sbe, one.t, one.with.bytes());
  std::string bytes{sbe.view()};
  const auto fault_at = [&](std::size_t offset, char value) {
    std::string broken = bytes;
    broken[sizeof(sbe::header) + offset] = value;
    std::string_view frame = broken;
    sbe_message read;
    const char* fault = decode_sbe(frame, read);
    return std::string{fault ? fault : "nothing"};
  };
  EXPECT_EQ(fault_at(21, 6), "its period is none");
  EXPECT_EQ(fault_at(48, 19), "a decimal's exponent is beyond 18");
}

// ---- merging ----

TEST(BarMerge, IsTheNewestStateOfABar) {
  merge m;
  for (sequence n = 1; n <= 5; ++n) {
    const told b = bar(2 * n, "18" + std::to_string(n));  // trades that are no price are in no message of their own
    EXPECT_TRUE(m.add(b.t, b.with.bytes()));
  }
  EXPECT_TRUE(m.plain());
  text to;
  encode_json(to, "AAPL", m);
  EXPECT_EQ(to.view(), json(bar(10, "185")));
}

TEST(BarMerge, KeepsTheEndOfABarByItself) {
  merge m;
  const told open = bar(1, "180"), end = bar(1, "180", bar_state::closed), next = bar(2, "181", bar_state::open, 1'732'060'860'000'000);
  EXPECT_TRUE(m.add(open.t, open.with.bytes()));
  EXPECT_TRUE(m.add(end.t, end.with.bytes())) << "it says all that the open bar did";
  EXPECT_TRUE(m.event());
  EXPECT_FALSE(m.add(next.t, next.with.bytes()));
  merge later;
  EXPECT_TRUE(later.add(next.t, next.with.bytes()));
  EXPECT_FALSE(m.add(later));
  EXPECT_EQ(m.newest().state, bar_state::closed);
}

TEST(BarMerge, KeepsARevisedBarByItself) {
  merge m;
  const told open = bar(1, "180"), revised = bar(2, "180", bar_state::revised, 1'732'060'740'000'000);
  EXPECT_TRUE(m.add(open.t, open.with.bytes()));
  EXPECT_FALSE(m.add(revised.t, revised.with.bytes()));
  m.clear();
  EXPECT_TRUE(m.add(revised.t, revised.with.bytes()));
  EXPECT_TRUE(m.event());
  EXPECT_FALSE(m.add(open.t, open.with.bytes()));
}

}  // namespace
}  // namespace tickcast::wire
