#include "feed/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "wire/symbols.hpp"

namespace tickcast::feed {
namespace {

sim_settings with(std::uint32_t symbols, std::uint64_t seed = 1, std::string prefix = "") {
  sim_settings s;
  s.symbols = symbols;
  s.seed = seed;
  s.prefix = std::move(prefix);
  return s;
}

bool same(const wire::tick& a, const wire::tick& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST(Simulation, IsTheSameMarketForTheSameSeed) {
  simulation one(with(100, 7)), two(with(100, 7)), other(with(100, 8));
  int differ = 0;
  for (int i = 0; i < 20000; ++i) {
    wire::tick a{}, b{}, c{};
    const auto at = one.next(a);
    ASSERT_EQ(at, two.next(b));
    ASSERT_TRUE(same(a, b)) << i;
    differ += other.next(c) != at || !same(a, c);
  }
  EXPECT_GT(differ, 19000);
}

TEST(Simulation, NamesItsSymbols) {
  simulation known(with(24));
  std::set<std::string> names;
  for (std::size_t i = 0; i < known.size(); ++i) names.insert(std::string(known.name(i)));
  EXPECT_EQ(names.size(), 24u);
  for (const char* name : {"AAPL", "MSFT", "BTC-USD", "EUR/USD"}) EXPECT_TRUE(names.contains(name)) << name;

  EXPECT_EQ(simulation(with(3)).name(0), "AAPL");
  EXPECT_EQ(simulation(with(26)).name(24), "S00000");
  EXPECT_EQ(simulation(with(26)).name(25), "S00001");
  simulation prefixed(with(500, 1, "X."));
  EXPECT_EQ(prefixed.name(0), "X.00000");
  EXPECT_EQ(prefixed.name(499), "X.00499");
  simulation many(with(100'001, 1, "S"));
  EXPECT_EQ(many.name(99'999), "S99999");
  EXPECT_EQ(many.name(100'000), "S100000");
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_TRUE(wire::is_symbol(known.name(i)));
}

TEST(Simulation, KeepsTheMixThatWasAskedFor) {
  const auto share_of_trades = [](std::uint32_t trades, std::uint32_t quotes) {
    sim_settings s = with(24);
    s.trades = trades, s.quotes = quotes;
    simulation market(s);
    int count = 0;
    wire::tick t{};
    for (int i = 0; i < 50000; ++i) {
      market.next(t);
      count += t.kind == wire::record_kind::trade;
    }
    return count / 50000.0;
  };
  EXPECT_NEAR(share_of_trades(1, 3), 0.25, 0.01);
  EXPECT_NEAR(share_of_trades(3, 1), 0.75, 0.01);
  EXPECT_EQ(share_of_trades(1, 0), 1);
  EXPECT_EQ(share_of_trades(0, 1), 0);
}

TEST(Simulation, TradesAtTheBidOrTheAskOfTheLastQuote) {
  simulation market(with(200, 3));
  std::map<std::uint32_t, wire::quote_body> quotes;
  int buys = 0, trades = 0;
  for (int i = 0; i < 100000; ++i) {
    wire::tick t{};
    const auto at = market.next(t);
    if (t.kind == wire::record_kind::quote) {
      ASSERT_LT(t.quote.bid, t.quote.ask);
      ASSERT_GT(t.quote.bid, 0);
      ASSERT_GT(t.quote.bid_size, 0);
      ASSERT_GT(t.quote.ask_size, 0);
      quotes[at] = t.quote;
      continue;
    }
    ++trades;
    ASSERT_TRUE(quotes.contains(at)) << "a trade before any quote";
    ASSERT_NE(t.side, wire::trade_side::unknown);
    const bool bought = t.side == wire::trade_side::buy;
    buys += bought;
    ASSERT_EQ(t.trade.price, bought ? quotes[at].ask : quotes[at].bid);
    ASSERT_GT(t.trade.size, 0);
  }
  EXPECT_NEAR(static_cast<double>(buys) / trades, 0.5, 0.05);
}

TEST(Simulation, WalksBelievably) {
  for (const bool trades_only : {false, true}) {
    sim_settings s = with(24, 5);
    s.rate = 2000;
    if (trades_only) s.quotes = 0;
    simulation market(s);
    std::map<std::uint32_t, double> first, last;
    std::map<std::uint32_t, std::set<std::int64_t>> seen;
    for (int i = 0; i < 2'000'000; ++i) {  // a quarter of an hour
      wire::tick t{};
      const auto at = market.next(t);
      const std::int64_t mantissa = t.kind == wire::record_kind::trade ? t.trade.price : t.quote.bid;
      ASSERT_GT(mantissa, 0);
      const double price = static_cast<double>(mantissa) * std::pow(10.0, t.price_exponent);
      first.try_emplace(at, price);
      const double before = last.contains(at) ? last[at] : price;
      ASSERT_LT(std::abs(price / before - 1), 0.02) << market.name(at) << " jumps";
      last[at] = price;
      seen[at].insert(mantissa);
    }
    EXPECT_EQ(first.size(), 24u);
    for (const auto& [at, price] : last) {
      EXPECT_LT(std::abs(price / first[at] - 1), 0.1) << market.name(at);
      EXPECT_GT(seen[at].size(), 8u) << market.name(at) << " does not move";
    }
  }
}

TEST(Simulation, KeepsToTheTickSize) {
  simulation market(with(24));
  std::size_t future = 0;
  while (market.name(future) != "ES=F") ++future;
  for (int i = 0; i < 50000; ++i) {
    wire::tick t{};
    if (market.next(t) != future) continue;
    EXPECT_EQ((t.kind == wire::record_kind::trade ? t.trade.price : t.quote.ask) % 25, 0);
  }
}

// Squares of moves that follow each other are alike: calm after calm, storm after storm.
TEST(Simulation, HasVolatilityThatClusters) {
  sim_settings s = with(1, 11);
  s.trades = 0, s.quotes = 1, s.rate = 1;
  simulation market(s);
  std::vector<double> squares;
  double before = 0, mean = 0;
  for (int i = 0; i < 50000; ++i) {
    wire::tick t{};
    market.next(t);
    const double mid = static_cast<double>(t.quote.bid + t.quote.ask) / 2;
    if (before > 0) squares.push_back(std::pow(std::log(mid / before), 2));
    before = mid;
  }
  for (double x : squares) mean += x / static_cast<double>(squares.size());
  double variance = 0, together = 0;
  for (std::size_t i = 20; i < squares.size(); ++i) {
    variance += (squares[i] - mean) * (squares[i] - mean);
    together += (squares[i] - mean) * (squares[i - 20] - mean);
  }
  EXPECT_GT(together / variance, 0.1);
}

TEST(Simulation, HasLivelyAndQuietSymbols) {
  simulation market(with(500, 1, "S"));
  std::vector<int> count(market.size());
  int runs = 0;
  std::uint32_t before = 0;
  for (int i = 0; i < 200000; ++i) {
    wire::tick t{};
    const auto at = market.next(t);
    ++count[at];
    runs += at == before;
    before = at;
  }
  std::sort(count.begin(), count.end());
  EXPECT_GT(count.front(), 0);
  EXPECT_GT(count[450], 3 * count[50]);
  EXPECT_GT(runs, 20000) << "ticks of a symbol come in flurries";
}

TEST(Simulation, GivesASymbolTheSameCharacterHoweverManyThereAre) {
  simulation few(with(10, 3, "S")), many(with(1000, 3, "S"));
  const auto price = [](simulation& market, std::uint32_t wanted) {
    for (;;) {
      wire::tick t{};
      if (market.next(t) == wanted && t.kind == wire::record_kind::quote) return static_cast<double>(t.quote.bid);
    }
  };
  EXPECT_NEAR(price(few, 2) / price(many, 2), 1, 0.05);
}

}  // namespace
}  // namespace tickcast::feed
