#include "feed/candles.hpp"

#include <gtest/gtest.h>

#include "candle_bench.hpp"

namespace tickcast::feed {
namespace {

// ---- ends ----

TEST(Candles, EndByALaterTrade) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m});
  b.trade(0.5, 100);
  b.trade(0.9, 101);
  EXPECT_EQ(b.told(), "1s@0 1m@0 1s@0 1m@0 ");
  b.trade(61, 102);
  EXPECT_EQ(b.told(), "1s@0x 1m@0x 1s@61 1m@60 ") << "the minute in which nothing was traded but the first second";
}

TEST(Candles, EndByTheClockOfTheVenue) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m, channel::bars_1h});
  b.trade(59.25, 100, 1, 7 * second);
  b.told();
  ASSERT_TRUE(b.made.next_ns());
  const std::int64_t due = *b.made.next_ns();
  EXPECT_GE(due, 7 * second + 750'000'000);
  EXPECT_LE(due, 7 * second + 800'000'000) << "some tens of milliseconds for what is on its way";
  b.made.close_due(due - 1);
  EXPECT_EQ(b.told(), "");
  b.made.close_due(due);
  EXPECT_EQ(b.told(), "1s@59x 1m@0x ") << "and not twice";
}

TEST(Candles, HaveOneDeadlineAtATimeAndGoOnToTheNext) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m, channel::bars_5m});
  b.trade(10, 100, 1, 0);
  b.told();
  std::string ends;
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    last = b.made.next_ns().value();
    b.made.close_due(last);
    ends += std::to_string(last / second) + ":" + b.told() + "| ";
  }
  EXPECT_EQ(ends, "1:1s@10x | 50:1m@0x | 290:5m@0x | ");
}

TEST(Candles, OfAReplayFasterThanTimeAreNotEndedByTheClockBeforeTheirTrades) {
  bench b;
  b.watch({channel::bars_1s});
  for (int i = 0; i < 5000; ++i) {
    b.trade(i * 0.1, 100 + i % 7, 1, i * 1000);
    b.made.close_due(i * 1000);
  }
  EXPECT_EQ(b.ears.of[channel::bars_1s].ended.size(), 499u);
  b.made.close_due(6 * second);
  EXPECT_EQ(b.ears.of[channel::bars_1s].ended.size(), 500u);
}

TEST(Candles, KeepGoingWhenTheClockHasEndedThemTooEarly) {
  bench b;
  b.watch({channel::bars_1s});
  b.trade(0.5, 100, 1, 0);
  b.made.close_due(second);
  b.trade(0.9, 101, 1, second + 1);
  EXPECT_EQ(b.told(), "1s@0 1s@0x 1s@0r ");
  EXPECT_EQ(b.ears.of[channel::bars_1s].shown[day0], "o 100 h 101 l 100 c 101 v 2 k 2 f 1 n 2");
}

TEST(Candles, AreNotBegunAgainByATradeWhoseSecondIsNewButWhoseMinuteIsOver) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m});
  b.trade(0.5, 100, 1, 0);
  b.made.close_due(90 * second);
  EXPECT_EQ(b.told(), "1s@0 1m@0 1s@0x 1m@0x ");
  b.trade(30, 101, 1, 91 * second);
  b.trade(30.5, 102, 1, 92 * second);
  b.made.close_due(200 * second);
  EXPECT_EQ(b.told(), "1s@30 1m@0r 1s@30 1m@0r 1s@30x ");
  EXPECT_EQ(b.ears.of[channel::bars_1m].shown[day0], "o 100 h 102 l 100 c 102 v 3 k 3 f 1 n 3");
}

TEST(Candles, OfAnHourThatTheClockHasEndedAreRevisedByATradeOfTheirLastSeconds) {
  bench b;
  b.watch({channel::bars_1h});
  b.trade(3590, 100, 1, 0);
  for (std::int64_t now = 0; b.ears.of[channel::bars_1h].ended.empty(); now = *b.made.next_ns()) b.made.close_due(now);
  b.told();
  b.trade(3595, 101, 1, 11 * second);  // no second later than 3590 has been ended
  b.trade(3595.5, 102, 1, 11 * second);
  b.trade(3600, 103, 1, 12 * second);
  EXPECT_EQ(b.told(), "1h@0r 1h@0r 1h@3600 ");
  EXPECT_EQ(b.ears.of[channel::bars_1h].shown[day0], "o 100 h 102 l 100 c 102 v 3 k 3 f 1 n 3");
}

TEST(Candles, AreNotHeldUpByOneTradeThatIsStampedWithATimeToCome) {
  bench b;
  b.watch({channel::bars_1s});
  const arrival now = arrival::now();
  const double today = static_cast<double>((now.unix_ns - day0) / second);
  b.trade(today, 100, 1, now.mono_ns);
  b.told();
  b.trade(today + 3600, 999, 1, now.mono_ns);  // the year 2096 would be no different
  b.trade(today + 1, 101, 1, now.mono_ns + second);
  EXPECT_EQ(b.ears.of[channel::bars_1s].ended.size(), 1u);
  EXPECT_EQ(b.ears.of[channel::bars_1s].shown.size(), 2u);
  EXPECT_EQ(b.made.too_late(), 1u);
}

TEST(Candles, AreThoseOfAVenueWhoseClockIsAlwaysAhead) {
  bench b;
  b.watch({channel::bars_1s});
  const arrival now = arrival::now();
  const double tonight = static_cast<double>((now.unix_ns - day0) / second) + 9 * 3600;
  b.trade(tonight, 100, 1, now.mono_ns);
  b.trade(tonight + 30, 101, 1, now.mono_ns + 30 * second);
  EXPECT_EQ(b.ears.of[channel::bars_1s].shown.size(), 2u);
  EXPECT_EQ(b.made.too_late(), 0u);
}

// ---- late ----

TEST(Candles, TakeALateTradeWhereItsTimeBelongs) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m});
  b.trade(10.5, 100);
  b.trade(70, 110);
  b.told();
  b.trade(10.4, 90);   // its second and its minute are over
  b.trade(62, 95);     // its second had no trade, its minute is open
  b.trade(70.5, 111);
  EXPECT_EQ(b.told(), "1s@10r 1m@0r 1s@62r 1m@60 1s@70 1m@60 ");
  const auto& minutes = b.ears.of[channel::bars_1m].shown;
  EXPECT_EQ(minutes.at(day0), "o 90 h 100 l 90 c 100 v 2 k 2 f 1 n 3") << "first and last are so by their times";
  EXPECT_EQ(minutes.at(day0 + 60 * second), "o 95 h 111 l 95 c 111 v 3 k 3 f 2 n 5");
  EXPECT_EQ(b.history(period::s1, 9), "10x 62x 70 ");
}

TEST(Candles, LeaveOutWhatIsOlderThanAllThatIsKept) {
  bench b{{{}, {}, 0}};  // the eight bars that are everybody's
  for (int i = 0; i < 20; ++i) b.trade(i, 100);
  b.watch({channel::bars_1s});
  b.trade(2, 50);
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.made.too_late(), 1u);
  EXPECT_EQ(b.history(period::s1, 100), "11x 12x 13x 14x 15x 16x 17x 18x 19 ");
  EXPECT_EQ(b.history(period::m1, 100), "0 ") << "its minute knows it";
}

TEST(Candles, PassOverTimesThatAreNone) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1d});
  b.trade(7e9, 100);
  b.trade(-2e9, 100);
  b.trade(-static_cast<double>(day0 / second), 100);  // 0: it was not filled in
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.made.too_late(), 3u);
  b.trade(0, 100);
  EXPECT_EQ(b.told(), "1s@0 1d@0 ");
}

// ---- what counts ----

TEST(Candles, ShowNothingBeforeTheyHaveAPrice) {
  bench b;
  b.watch({channel::bars_1s, channel::bars_1m});
  b.trade(0.1, 500, 3, 0, wire::no_price);
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.history(period::s1, 9), "");
  b.trade(1.1, 100, 4);
  EXPECT_EQ(b.told(), "1s@1 1m@0 ") << "a second of nothing but odd lots ends without a word";
  EXPECT_EQ(b.ears.of[channel::bars_1m].shown[day0], "o 100 h 100 l 100 c 100 v 7 k 2 f 1 n 2");
  b.trade(1.2, 1, 9, 0, wire::no_price | wire::no_volume);
  EXPECT_EQ(b.told(), "");
}

TEST(Candles, NobodyWatchesAreToldToNobody) {
  bench b;
  for (int i = 0; i < 1000; ++i) b.trade(i * 0.3, 100 + i % 5);
  EXPECT_EQ(b.ears.messages, 0u);
  b.watch({channel::bars_1m});
  b.trade(301, 100);
  EXPECT_EQ(b.told(), "1m@240x 1m@300 ");
  b.made.watch(wire::symbol_id{}, channel::bars_1m, false);
  b.trade(302, 100);
  EXPECT_EQ(b.told(), "");
}

// ---- sessions ----

TEST(Candles, OfADayAndStatisticsAreOfTheSession) {
  bench b{{market_calendar{{"* 09:30-16:00 America/New_York"}}, {}, bars_bytes_default}};
  b.watch({channel::bars_1d, channel::stats});
  const auto ny = [](double hours) { return (hours + 5) * 3600; };
  b.trade(ny(9.4), 90);
  EXPECT_EQ(b.ears.messages, 0u);
  b.trade(ny(9.5), 100, 2);
  EXPECT_EQ(b.ears.stat, "o 100 h 100 l 100 c 100 v 2 k 1 f 2 n 2 ch 0 pct 0");
  b.trade(ny(15), 103);
  EXPECT_EQ(b.ears.stat, "o 100 h 103 l 100 c 103 v 3 k 2 f 2 n 3 ch 3 pct 3") << "against its own open, on the first day";
  b.told();
  b.trade(ny(16), 50);
  EXPECT_EQ(b.told(), "1d@52200x ");
  b.trade(ny(24 + 10), 206, 1);
  EXPECT_EQ(b.ears.stat, "o 206 h 206 l 206 c 206 v 1 k 1 f 5 n 5 ch 103 pct 100");
  b.trade(ny(15.9), 200);  // late: the close of the day before was another
  EXPECT_EQ(b.ears.stat, "o 206 h 206 l 206 c 206 v 1 k 1 f 5 n 5 ch 6 pct 3");
}

}  // namespace
}  // namespace tickcast::feed
