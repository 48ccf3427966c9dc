#include "feed/sim_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using std::chrono::steady_clock;

sim_settings at_rate(std::uint32_t rate, std::uint32_t symbols = 24) {
  sim_settings s;
  s.rate = rate;
  s.symbols = symbols;
  return s;
}

TEST(SimSource, NamesAllItsSymbolsBeforeTheirFirstTick) {
  market m;
  boost::asio::io_context io;
  sim_source source("sim:", at_rate(1), io, m.to);
  source.start();
  EXPECT_TRUE(source.live());
  EXPECT_FALSE(source.ended());
  EXPECT_EQ(m.symbols.size(), 24u);
  EXPECT_EQ(m.symbols.name(wire::symbol_id{0}), "AAPL");
  source.stop();
}

TEST(SimSource, SaysThatItsSymbolsDoNotFit) {
  market m(1, 100, 10);
  boost::asio::io_context io;
  sim_source source("sim:", at_rate(1), io, m.to);
  try {
    source.start();
    FAIL() << "started";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(),
                 "feed 'sim:': the symbol table is full after 10 of its 24 symbols; raise max_symbols or ask for fewer");
  }
}

TEST(SimSource, HoldsItsRate) {
  for (const std::uint32_t rate : {10u, 1000u, 50'000u}) {
    market m;
    boost::asio::io_context io;
    sim_source source("sim:", at_rate(rate), io, m.to);
    source.start();
    const auto from = steady_clock::now();
    const auto made = [&] { return static_cast<double>(source.counts().ticks.value()); };
    const auto due = [&] { return std::chrono::duration<double>(steady_clock::now() - from).count() * rate; };
    // A busy machine delays it, but then it catches up.
    EXPECT_TRUE(run_until(io, [&] {
      EXPECT_LE(made(), due() + rate / 50.0 + 1) << "ahead by more than a flurry";
      return made() >= std::max(4.0, rate / 2.0) && made() >= due() * 0.95 - 1;
    })) << rate;
    EXPECT_GT(source.counts().last_tick_ns.value(), 0u);
    source.stop();
  }
}

TEST(SimSource, CatchesUpInBoundedBatches) {
  market m(1, 1 << 20);
  boost::asio::io_context io;
  sim_source source("sim:", at_rate(1'000'000), io, m.to);
  source.start();
  ASSERT_TRUE(run_until(io, [&] { return source.counts().ticks.value() > 0; }));
  const auto from = steady_clock::now();
  while (steady_clock::now() - from < std::chrono::milliseconds{20}) {
  }  // the thread was elsewhere: 20,000 ticks are due
  for (int turn = 0; turn < 4; ++turn) {
    const std::uint64_t before = source.counts().ticks.value();
    io.restart();
    io.run_one_for(std::chrono::seconds{10});
    EXPECT_LE(source.counts().ticks.value() - before, 2048u);
    EXPECT_GT(source.counts().ticks.value() - before, 0u);
  }
  source.stop();
}

// In how many batches that many ticks came.
std::uint64_t batches(std::uint32_t rate, std::uint32_t every_us, std::uint64_t ticks) {
  market m;
  boost::asio::io_context io;
  sim_settings s = at_rate(rate);
  s.every_us = every_us;
  sim_source source("sim:", s, io, m.to);
  source.start();
  std::uint64_t before = 0, seen = 0;
  EXPECT_TRUE(run_until(io, [&] {
    const std::uint64_t made = source.counts().ticks.value();
    seen += made != before;
    before = made;
    return made >= ticks;
  }));
  source.stop();
  return seen;
}

TEST(SimSource, LetsTicksGather) {
  // 40 at a time: ten if the thread was always there in time, and fewer otherwise.
  EXPECT_LE(batches(2000, 20'000, 400), 11u);
}

TEST(SimSource, MakesATickInTheTurnItFallsDueIn) {
  // One in each 10 ms, and each 10 ms a turn: sixteen, or eight if it falls due just behind its turn. A busy machine, which is late to
  // some, makes it fewer in either case, hardly in each of so many goes.
  std::uint64_t most = 0;
  for (int go = 0; go < 20 && most < 10; ++go) most = std::max(most, batches(100, 10'000, 16));
  EXPECT_GE(most, 10u);
}

TEST(SimSource, StampsTicksWhenTheyAreMade) {
  market m;
  boost::asio::io_context io;
  m.open(0, "AAPL", wire::channel::quotes);
  const std::int64_t from = arrival::now().unix_ns;
  sim_source source("sim:", at_rate(20'000), io, m.to);
  source.start();
  ASSERT_TRUE(run_until(io, [&] { return source.counts().ticks.value() > 2000; }));
  const std::int64_t to = arrival::now().unix_ns;
  std::int64_t before = from;
  const auto got = m.hear();
  ASSERT_GT(got.size(), 5u);
  for (const heard& h : got) {
    EXPECT_GE(h.tick.venue_ns, before);
    EXPECT_LE(h.tick.venue_ns, to);
    before = h.tick.venue_ns;
  }
  source.stop();
}

}  // namespace
}  // namespace tickcast::feed
