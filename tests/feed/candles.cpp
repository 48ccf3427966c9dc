#include "feed/candles.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "market.hpp"
#include "naive_bars.hpp"

namespace tickcast::feed {
namespace {

using wire::bar_state, wire::channel, wire::period;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t day0 = 1'732'060'800 * second;  // 20 November 2024, midnight UTC

// Applies what it is told as a client would, and holds it against the laws.
struct hearer final : bar_listener {
  struct stream {
    std::map<std::int64_t, std::string> shown;
    std::set<std::int64_t> ended;
    std::int64_t newest = INT64_MIN, open = INT64_MIN;
  };

  void told(const wire::tick& t, const wire::notes& notes) override {
    const channel c = wire::channel_of(t.kind);
    const wire::bar_figures f = wire::unpack(t, notes.bytes());
    ++messages;
    if (c == channel::stats) {
      stat = text_of(f, t.n) + " ch " + wire::to_text(f.change) + " pct " + wire::to_text(f.percent);
      return;
    }
    stream& s = of[c];
    s.shown[t.venue_ns] = text_of(f, t.n);
    log += std::string{name_of(period_of(c))} + "@" + std::to_string((t.venue_ns - day0) / second) +
           (t.state == bar_state::open ? " " : t.state == bar_state::closed ? "x " : "r ");
    if (t.state == bar_state::revised) {
      EXPECT_NE(t.venue_ns, s.open);
      return;
    }
    EXPECT_GE(t.venue_ns, s.newest) << "out of order";
    EXPECT_FALSE(s.ended.contains(t.venue_ns)) << "after its end";
    s.newest = t.venue_ns;
    s.open = t.state == bar_state::open ? t.venue_ns : INT64_MIN;
    if (t.state == bar_state::closed) s.ended.insert(t.venue_ns);
  }

  std::map<channel, stream> of;
  std::string stat, log;
  std::size_t messages = 0;
};

struct bench {
  explicit bench(const bar_settings& settings = {}) : made(table, settings, ears) { table.append("AAPL"); }

  wire::tick trade(double at_s, std::int64_t price, std::int64_t size = 1, std::int64_t mono_ns = 0, std::uint64_t flags = 0) {
    wire::tick t{};
    t.kind = wire::record_kind::trade;
    t.n = ++n;
    t.venue_ns = day0 + static_cast<std::int64_t>(at_s * 1e9);
    t.trade = {price, size, {}, flags};
    made.trade(t, mono_ns);
    return t;
  }
  void watch(std::initializer_list<channel> views) {
    for (channel c : views) made.watch(wire::symbol_id{}, c, true);
  }
  std::string told() { return std::exchange(ears.log, {}); }
  // What an answer shows: for each bar its second of the day, `x` when it is over.
  std::string history(period p, std::size_t count) const {
    std::vector<wire::record> records;
    made.copy_last(wire::symbol_id{}, bars_of(p), count, records);
    std::string all;
    for (const wire::record& r : records)
      if (r.kind() != wire::record_kind::note)
        all += std::to_string((r.tick.venue_ns - day0) / second) + (r.tick.state == bar_state::closed ? "x " : " ");
    return all;
  }

  wire::symbol_table table{10};
  hearer ears;
  candles made;
  wire::sequence n = 0;
};

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
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.made.too_late(), 2u);
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

// ---- the law ----

std::uint64_t seed() {
  const char* given = std::getenv("TICKCAST_SEED");
  const std::uint64_t value = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "TICKCAST_SEED=" << value << '\n';
  return value;
}

// Trades of some days around a change of the clocks: on time, late by seconds or hours, in bursts and after long silences, with
// any exponents, volumes beyond 18 digits, and conditions.
std::vector<wire::tick> random_trades(std::mt19937_64& dice, int count) {
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(dice);
  };
  const bool wild = between(0, 3) == 0, tardy = between(0, 1) == 0;
  std::int64_t now = (1'710'010'000 + between(0, 40'000)) * second;  // New York puts its clocks forward on 10 March 2024
  std::vector<wire::tick> all;
  for (int i = 1; i <= count; ++i) {
    const std::int64_t kind = between(0, 99);
    now += kind < 80 ? between(0, 400'000'000) : kind < 97 ? between(0, 90 * second) : between(0, 20'000 * second);
    wire::tick t{};
    t.kind = wire::record_kind::trade;
    t.n = static_cast<wire::sequence>(i);
    t.venue_ns = now;
    if (tardy && between(0, 9) == 0) t.venue_ns -= between(0, 1) ? between(0, 3 * second) : between(0, 9'000 * second);
    if (between(0, 20) == 0 && !all.empty()) t.venue_ns = all.back().venue_ns;
    const auto exponent = [&] { return static_cast<std::int8_t>(wild ? between(-18, 18) : between(-2, 0)); };
    const auto mantissa = [&] { return wild ? between(0, 999'999'999'999'999'999) : between(9'900, 10'100); };
    t.price_exponent = exponent();
    t.size_exponent = wild ? static_cast<std::int8_t>(between(0, 9)) : exponent();
    t.trade = {mantissa(), mantissa(), {}, 0};
    if (between(0, 9) == 0) t.trade.flags = static_cast<std::uint64_t>(between(1, 3));
    all.push_back(t);
  }
  return all;
}

std::map<std::int64_t, std::string> shown(const candles& made, channel c) {
  std::vector<wire::record> records;
  made.copy_last(wire::symbol_id{}, c, 100'000, records);
  std::map<std::int64_t, std::string> all;
  wire::notes notes;
  for (const wire::record& r : records) {
    if (r.kind() == wire::record_kind::note) {
      notes.gather(r.note);
      continue;
    }
    all[r.tick.venue_ns] = text_of(wire::unpack(r.tick, notes.bytes()), r.tick.n);
    notes.clear();
  }
  EXPECT_TRUE(std::is_sorted(records.begin(), records.end(), [](const wire::record& a, const wire::record& b) {
    return a.kind() != wire::record_kind::note && b.kind() != wire::record_kind::note && a.tick.venue_ns < b.tick.venue_ns;
  }));
  return all;
}

// Whatever comes in whatever order, by the clock or without it: what was told, and what an answer shows, is what all trades
// together amount to.
TEST(Candles, AmountToTheTradesWhateverComes) {
  std::mt19937_64 dice{seed()};
  const std::vector<std::string> hours{"* 24h UTC", "* 09:30-16:00 America/New_York", "* 18:00-17:00 America/New_York", "* 24h America/New_York"};
  for (int round = 0; round < 60; ++round) {
    const std::string& rule = hours[dice() % hours.size()];
    bench b{{market_calendar{{rule}}, {}, bars_bytes_default}};
    for (channel c : wire::all_channels)
      if (wire::is_view(c)) b.watch({c});
    const std::vector<wire::tick> trades = random_trades(dice, 1500);
    const bool clocked = dice() % 2;
    std::int64_t mono = 0, newest = 0;
    for (const wire::tick& t : trades) {
      // Our clock goes as the venue's does, but for some trades that are under way for longer.
      if (t.venue_ns > newest) mono += newest ? t.venue_ns - newest : 0, newest = t.venue_ns;
      if (clocked) b.made.close_due(mono);
      b.made.trade(t, mono + static_cast<std::int64_t>(dice() % 50'000'000));
    }
    if (clocked) b.made.close_due(mono + 90'000 * second);
    for (period p : wire::all_periods) {
      const auto expected = naive_bars(trades, p, trading_hours{std::string_view{rule}.substr(2)});
      ASSERT_EQ(shown(b.made, bars_of(p)), expected) << name_of(p) << ' ' << rule << " in round " << round;
      auto& heard = b.ears.of[bars_of(p)];
      ASSERT_EQ(heard.shown, expected) << "told, " << name_of(p) << ' ' << rule << " in round " << round;
      if (clocked) {
        ASSERT_EQ(heard.ended.empty(), expected.empty());
      }
    }
  }
}

// ---- before the start ----

TEST(Candles, GoOnFromAnArchiveAndTheTradesBehindIt) {
  std::mt19937_64 dice{seed()};
  for (int round = 0; round < 20; ++round) {
    const std::vector<wire::tick> trades = random_trades(dice, 800);
    const std::size_t told = dice() % trades.size();
    bench whole, again;
    for (std::size_t i = 0; i < trades.size(); ++i) {
      if (i != told) {
        whole.made.trade(trades[i], 0);
        continue;
      }
      // Bars as an archive has them at this moment: closed ones, and open ones from a minute on.
      for (period p : wire::all_periods) {
        std::vector<wire::record> records;
        whole.made.copy_last(wire::symbol_id{}, bars_of(p), 100'000, records);
        wire::notes notes;
        for (const wire::record& r : records) {
          if (r.kind() == wire::record_kind::note) {
            notes.gather(r.note);
            continue;
          }
          const bool closed = r.tick.state == bar_state::closed;
          const wire::bar_figures f = wire::unpack(r.tick, notes.bytes());
          if (closed || p != period::s1)
            again.made.take_back({{}, p, closed, r.tick.venue_ns, f.open, f.high, f.low, f.close, f.volume, f.trades, f.first, r.tick.n}, 0);
          notes.clear();
        }
      }
      whole.made.trade(trades[i], 0);
    }
    // What was late or had no price before that moment an archive does not tell apart, so only what is clear is compared.
    const bool clear = std::all_of(trades.begin(), trades.end(), [&](const wire::tick& t) {
      return t.trade.flags == 0 && (t.n == 1 || t.venue_ns >= trades[t.n - 2].venue_ns);
    });
    for (const wire::tick& t : trades) again.made.restore(t, 0);
    if (!clear) continue;
    for (period p : wire::all_periods) ASSERT_EQ(shown(again.made, bars_of(p)), shown(whole.made, bars_of(p))) << name_of(p);
  }
}

struct shelf final : bar_keeper {
  void keep(const wire::bar& b) override {
    auto& place = kept[{b.period, b.start_ns}];
    EXPECT_FALSE(place.closed && !b.closed) << "open after its end";
    place = b;
    ++told;
  }
  std::map<std::pair<period, std::int64_t>, wire::bar> kept;
  std::size_t told = 0;
};

TEST(Candles, TellTheKeeperOfEachEndAndOfOpenOnesFromTimeToTime) {
  shelf keeper;
  bench b{{{}, {}, bars_bytes_default, &keeper}};
  b.trade(0.5, 100);
  EXPECT_EQ(keeper.told, 0u);
  b.made.close_due(b.made.next_ns().value());
  EXPECT_EQ(keeper.kept.size(), 5u) << "open ones, but for the second";
  EXPECT_FALSE((keeper.kept[{period::h1, day0}].closed));
  b.trade(1.5, 101);
  EXPECT_TRUE((keeper.kept[{period::s1, day0}].closed));
  b.trade(0.7, 99);
  EXPECT_EQ((keeper.kept[{period::s1, day0}].trades), 2u) << "a late trade is told too";
  for (std::int64_t now = 0; now < 3 * second; now = *b.made.next_ns()) b.made.close_due(now);
  EXPECT_EQ((keeper.kept[{period::d1, day0}].trades), 3u);
}

TEST(Candles, TellTheKeeperOfManySymbolsInSlices) {
  wire::symbol_table table{2000};
  hearer ears;
  shelf keeper;
  candles made{table, {{}, {}, bars_bytes_default, &keeper}, ears};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    table.append("S" + std::to_string(i));
    wire::tick t{};
    t.symbol = wire::symbol_id{i};
    t.kind = wire::record_kind::trade;
    t.n = 1;
    t.venue_ns = day0;
    t.trade = {100, 1, {}, 0};
    made.trade(t, 0);
  }
  std::size_t slices = 0, most = 0;
  for (std::int64_t now = 1; made.next_ns().value_or(INT64_MAX) < second / 2 && slices < 1000; now = *made.next_ns(), ++slices) {
    const std::size_t before = keeper.told;
    made.close_due(now);
    most = std::max(most, keeper.told - before);
  }
  EXPECT_EQ(keeper.told, 5000u);
  EXPECT_LE(most, 320u);
  EXPECT_GE(slices, 15u);
}

}  // namespace
}  // namespace tickcast::feed
