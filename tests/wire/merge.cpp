#include "wire/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ticks.hpp"
#include "wire/encode_json.hpp"

namespace tickcast::wire {
namespace {

// Everything a merge stands for, as text.
std::string said(const merge& m) {
  text to;
  encode_json(to, "S", m);
  to.add(" f=").add_count(m.first()).add(" n=").add_count(m.last()).add(" k=").add_count(m.count());
  if (m.newest().kind == record_kind::trade)
    to.add(" o=").add_decimal(m.open()).add(" h=").add_decimal(m.high()).add(" l=").add_decimal(m.low()).add(" v=").add_decimal(m.volume());
  to.add(" since=").add_integer(m.arrived_ns()).add(" notes=").add(m.notes());
  return std::string(to.view());
}

merge merged(std::span<const tick> ticks) {
  merge m;
  for (const tick& t : ticks) EXPECT_TRUE(m.add(t, {}));
  return m;
}

// The same ticks, put together along a tree that chance draws.
class grower {
 public:
  merge grow(std::span<const tick> ticks) {
    if (ticks.size() < 3 || pick(0, 4) == 0) return merged(ticks);
    const auto at = static_cast<std::size_t>(pick(0, static_cast<int>(ticks.size())));
    merge left = grow(ticks.first(at));
    if (pick(0, 2) == 0) {
      for (const tick& t : ticks.subspan(at)) EXPECT_TRUE(left.add(t, {}));
    } else {
      EXPECT_TRUE(left.add(grow(ticks.subspan(at))));
    }
    return left;
  }
  int pick(int from, int to) { return std::uniform_int_distribution{from, to}(engine_); }

  std::string number(int least) {
    std::string text = std::to_string(pick(least, 99'999));
    const int places = pick(0, 6);
    return places ? text + "e-" + std::to_string(places) : text;
  }

 private:
  std::mt19937 engine_{4711};
};

TEST(Merge, OfOneTradeIsThatTrade) {
  merge m;
  EXPECT_TRUE(m.empty());
  tick t = trade(7, "10.5", "3");
  t.arrived_ns = 99;
  ASSERT_TRUE(m.add(t, "some notes"));
  EXPECT_FALSE(m.empty());
  EXPECT_EQ(m.first(), 7u);
  EXPECT_EQ(m.last(), 7u);
  EXPECT_EQ(m.count(), 1u);
  EXPECT_EQ(m.notes(), "some notes");
  EXPECT_EQ(m.open(), (decimal{105, -1}));
  EXPECT_EQ(m.volume(), (decimal{3, 0}));
  EXPECT_EQ(m.arrived_ns(), 99);
}

TEST(Merge, KeepsFirstHighLowLastVolumeAndTheOldestArrival) {
  tick first = trade(7, "10.5", "3"), second = trade(8, "11.25", "0.5"), third = trade(9, "10", "1");
  first.arrived_ns = 100, second.arrived_ns = 200, third.arrived_ns = 300;
  merge m;
  ASSERT_TRUE(m.add(first, "notes"));
  ASSERT_TRUE(m.add(second, {}));
  ASSERT_TRUE(m.add(third, {}));
  EXPECT_EQ(to_text(m.open()), "10.5");
  EXPECT_EQ(to_text(m.high()), "11.25");
  EXPECT_EQ(to_text(m.low()), "10");
  EXPECT_EQ(to_text(m.volume()), "4.5");
  EXPECT_EQ(m.newest().trade.price, 10);
  EXPECT_EQ(m.first(), 7u);
  EXPECT_EQ(m.last(), 9u);
  EXPECT_EQ(m.count(), 3u);
  EXPECT_EQ(m.arrived_ns(), 100);
  EXPECT_EQ(m.notes(), "") << "strings of one trade do not stand for several";
}

TEST(Merge, OfQuotesIsTheNewest) {
  merge m;
  ASSERT_TRUE(m.add(quote(1, "1", "1", "2", "1"), {}));
  ASSERT_TRUE(m.add(quote(2, "1.5", "1", "1.75", "1"), {}));
  EXPECT_EQ(m.newest().n, 2u);
  EXPECT_EQ(m.newest().quote.bid, 150);
  EXPECT_EQ(m.count(), 2u);
}

TEST(Merge, DoesNotDependOnHowItWasPutTogether) {
  grower chance;
  for (int round = 0; round < 400; ++round) {
    std::vector<tick> ticks;
    const int count = chance.pick(1, 60);
    const auto from = static_cast<sequence>(chance.pick(1, 1'000'000));
    const bool trades = round % 4 != 0;
    for (int i = 0; i < count; ++i) {
      const sequence n = from + static_cast<sequence>(i);
      tick t = trades ? trade(n, chance.number(-99'999), chance.number(0))
                      : quote(n, chance.number(1), chance.number(0), chance.number(1), chance.number(0));
      t.arrived_ns = 1000 + i;
      ticks.push_back(t);
    }
    const std::string expected = said(merged(ticks));
    for (int i = 0; i < 10; ++i) ASSERT_EQ(said(chance.grow(ticks)), expected) << "round " << round;
  }
}

TEST(Merge, BuildsTheBarThatTheTradesBuild) {
  grower chance;
  for (int round = 0; round < 200; ++round) {
    std::vector<tick> ticks;
    std::vector<std::pair<std::string, std::string>> texts;
    for (int i = 0; i < 30; ++i) {
      texts.emplace_back(chance.number(1), chance.number(0));
      ticks.push_back(trade(static_cast<sequence>(i + 1), texts.back().first, texts.back().second));
    }
    // In whole units of 1e-6, which hold every one of these numbers.
    const auto units = [](const std::string& text) {
      decimal value = *parse_decimal(text), one{0, -6};
      EXPECT_TRUE(align(value, one));
      return value.mantissa;
    };
    std::int64_t high = units(texts[0].first), low = high, volume = 0;
    for (const auto& [price, size] : texts) {
      high = std::max(high, units(price));
      low = std::min(low, units(price));
      volume += units(size);
    }
    const merge m = chance.grow(ticks);
    ASSERT_EQ(to_text(m.open()), to_text(*parse_decimal(texts.front().first)));
    ASSERT_EQ(to_text(m.high()), to_text({high, -6}));
    ASSERT_EQ(to_text(m.low()), to_text({low, -6}));
    ASSERT_EQ(to_text(m.volume()), to_text({volume, -6}));
  }
}

TEST(Merge, RefusesATickThatDoesNotFollowOn) {
  merge m = merged(std::vector{trade(5, "1", "1"), trade(6, "2", "1")});
  const std::string before = said(m);
  for (sequence n : {0, 1, 5, 6, 8, 100}) {
    EXPECT_FALSE(m.add(trade(n, "50", "50"), {})) << n;
    EXPECT_EQ(said(m), before) << "nothing changed by " << n;
  }
  EXPECT_TRUE(m.add(trade(7, "3", "1"), {}));
}

TEST(Merge, RefusesAMergeThatDoesNotFollowOn) {
  merge m = merged(std::vector{trade(5, "1", "1"), trade(6, "2", "1")});
  const std::string before = said(m);
  for (sequence n : {1, 5, 6, 8}) {
    EXPECT_FALSE(m.add(merged(std::vector{trade(n, "50", "50"), trade(n + 1, "60", "60")}))) << n;
    EXPECT_EQ(said(m), before) << "nothing changed by " << n;
  }
  EXPECT_TRUE(m.add(merge{})) << "nothing follows on anything";
  EXPECT_EQ(said(m), before);
}

TEST(Merge, RefusesAVolumeThatHasNoRoomAndStaysWhole) {
  merge m;
  ASSERT_TRUE(m.add(trade(1, "10", "1e-18"), {}));
  const std::string before = said(m);
  EXPECT_FALSE(m.add(trade(2, "99", "10"), {})) << "10 in units of 1e-18 is beyond an int64";
  EXPECT_EQ(said(m), before);
  EXPECT_FALSE(m.add(merged(std::vector{trade(2, "99", "10")})));
  EXPECT_EQ(said(m), before);
  ASSERT_TRUE(m.add(trade(2, "9", "9"), {})) << "9 fits";
  EXPECT_EQ(to_text(m.volume()), "9.000000000000000001");
  m.clear();
  EXPECT_TRUE(m.add(trade(99, "99", "10"), {})) << "sent and cleared, it starts anew";
  EXPECT_EQ(m.first(), 99u);
}

TEST(Merge, StartsAnewAfterClear) {
  merge m = merged(std::vector{trade(1, "5", "5"), trade(2, "6", "5")});
  m.clear();
  EXPECT_TRUE(m.empty());
  EXPECT_EQ(m.count(), 0u);
  ASSERT_TRUE(m.add(trade(7, "1", "2"), "n"));
  EXPECT_EQ(said(m), said([] {
              merge fresh;
              fresh.add(trade(7, "1", "2"), "n");
              return fresh;
            }()));
}

TEST(Merge, TakesOverAMergeWholeWhenEmpty) {
  merge one;
  one.add(trade(3, "1", "2"), "its notes");
  merge m;
  ASSERT_TRUE(m.add(one));
  EXPECT_EQ(said(m), said(one));
  EXPECT_EQ(m.notes(), "its notes");
}

}  // namespace
}  // namespace tickcast::wire
