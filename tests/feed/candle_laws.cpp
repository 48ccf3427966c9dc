// Whatever trades come, in whatever order: bars are those of a few lines that sort all of them first. And before the start: an archive's
// bars and a journal's trades amount to what a process that never ended would have.
#include "candle_bench.hpp"

#include <random>

#include "tests/given.hpp"

namespace tickcast::feed {
namespace {

// Trades of some days around a change of the clocks: on time, late by seconds or hours, in bursts and after long silences, with
// any exponents, volumes beyond 18 digits, and conditions.
std::vector<wire::tick> random_trades(std::mt19937_64& dice, int count, bool may_be_wild = true) {
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(dice);
  };
  const bool wild = may_be_wild && between(0, 3) == 0, tardy = between(0, 1) == 0;
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

// All bars that an answer shows of this period or of the session, in its order: see(tick, figures).
template <class See>
void each_shown(const candles& made, channel c, See see) {
  std::vector<wire::record> records;
  made.copy_last(wire::symbol_id{}, c, 100'000, records);
  wire::notes notes;
  for (const wire::record& r : records) {
    if (r.kind() == wire::record_kind::note) {
      notes.gather(r.note);
      continue;
    }
    see(r.tick, wire::unpack(r.tick, notes.bytes()));
    notes.clear();
  }
}

std::map<std::int64_t, std::string> shown(const candles& made, channel c) {
  std::map<std::int64_t, std::string> all;
  each_shown(made, c, [&](const wire::tick& t, const wire::bar_figures& f) {
    EXPECT_TRUE(all.empty() || all.rbegin()->first < t.venue_ns) << "out of order";
    all[t.venue_ns] = text_of(f, t.n);
  });
  return all;
}

// Whatever comes in whatever order, by the clock or without it: what was told, and what an answer shows, is what all trades
// together amount to.
TEST(Candles, AmountToTheTradesWhateverComes) {
  std::mt19937_64 dice{given::seed()};
  const std::vector<std::string> hours{"* 24h UTC", "* 09:30-16:00 America/New_York", "* 18:00-17:00 America/New_York", "* 24h America/New_York"};
  for (int round = 0; round < given::rounds(60); ++round) {
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

// Bars as an archive has them at this moment: closed ones and open ones.
void give_bars(const candles& from, candles& to) {
  for (period p : wire::all_periods)
    each_shown(from, bars_of(p), [&](const wire::tick& t, const wire::bar_figures& f) {
      const bool closed = t.state == bar_state::closed;
      EXPECT_TRUE(to.take_back({{}, p, closed, t.venue_ns, f.open, f.high, f.low, f.close, f.volume, f.trades, f.first, t.n}, {t.venue_ns, 0}));
    });
}

// Nothing late, each with a price, and no more digits than an archive keeps of a volume.
std::vector<wire::tick> tame_trades(std::mt19937_64& dice, int count) {
  std::vector<wire::tick> trades = random_trades(dice, count, false);
  std::stable_sort(trades.begin(), trades.end(), [](const wire::tick& a, const wire::tick& b) { return a.venue_ns < b.venue_ns; });
  for (std::size_t i = 0; i < trades.size(); ++i) trades[i].n = i + 1, trades[i].trade.flags = 0;
  return trades;
}

TEST(Candles, GoOnFromAnArchiveAndTheTradesBehindIt) {
  std::mt19937_64 dice{given::seed()};
  for (int round = 0; round < 20; ++round) {
    const std::vector<wire::tick> trades = tame_trades(dice, 800);
    const std::size_t told = dice() % trades.size();
    bench whole, again;
    for (std::size_t i = 0; i < trades.size(); ++i) {
      if (i == told) give_bars(whole.made, again.made);
      whole.made.trade(trades[i], 0);
    }
    for (const wire::tick& t : trades) again.made.restore(t, 0);
    for (period p : wire::all_periods) ASSERT_EQ(shown(again.made, bars_of(p)), shown(whole.made, bars_of(p))) << name_of(p) << " in round " << round;
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

TEST(Candles, TellTheKeeperOfWhatCameIntoASecondOfWhichItWasTold) {
  shelf keeper;
  bench b{{{}, {}, bars_bytes_default, &keeper}};
  b.trade(1.5, 100);
  b.made.close_due(0);
  b.trade(1.7, 101);
  b.made.close_due(3 * second);  // and no trade more
  EXPECT_EQ((keeper.kept[{period::d1, day0}].trades), 2U);
}

TEST(Candles, TellTheKeeperOfTheSecondTooAtTheEnd) {
  shelf keeper;
  bench b{{{}, {}, bars_bytes_default, &keeper}};
  b.trade(1.5, 100);
  b.made.close_due(0);  // it knows of what is longer than a second
  b.made.tell_rest();
  EXPECT_EQ(keeper.kept.size(), std::size_t{wire::period_count});
  b.trade(1.7, 101);
  b.made.tell_rest();
  for (const auto& [which, bar] : keeper.kept) EXPECT_EQ(bar.trades, 2U) << name_of(which.first);
}

TEST(Candles, LeaveOutDaysOfAnArchiveThatHadOtherHours) {
  for (const char* const hours : {"* 09:30-16:00 America/New_York", "* 24h America/New_York"}) {
    bench b{{market_calendar{{hours}}, {}, bars_bytes_default}};
    wire::bar day{{}, period::d1, true, day0, {1, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}, 1, 1, 1};
    EXPECT_FALSE(b.made.take_back(day, {day0, 0})) << hours;
    EXPECT_EQ(b.history(period::d1, 10), "");
    wire::bar hour = day;
    hour.period = period::h1;
    EXPECT_TRUE(b.made.take_back(hour, {day0, 0})) << hours;
    EXPECT_EQ(b.history(period::h1, 10), "0x ");
  }
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
