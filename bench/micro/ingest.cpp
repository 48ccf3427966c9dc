// What a tick costs the ingest thread: numbered, kept, and offered to two shards, of which neither wants it, one does or
// both do. 8,000 symbols in random order, so that each tick's stream is cold; and the simulation as the source, whose own
// work is in it then. Items are ticks; time is the thread's.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/micro/ticks.hpp"
#include "feed/sequencer.hpp"
#include "feed/simulation.hpp"

namespace tickcast {
namespace {

constexpr std::uint32_t symbol_count = 8000;
constexpr std::size_t ticks_a_turn = 1024;  // what a source brings at 2 million a second between two naps

class intake {
 public:
  explicit intake(std::uint32_t wanting, std::vector<wire::channel> channels, bool stamped) {
    event_.stamped = stamped;
    for (std::uint32_t i = 0; i < symbol_count; ++i) to_.resolve("S" + std::to_string(i));
    for (std::uint32_t shard = 0; shard < wanting; ++shard)
      for (wire::channel c : channels) {
        auto asked = std::make_unique<wire::request>();
        asked->kind = wire::request_kind::open;
        asked->shard = shard;
        asked->channel = c;
        asked->all = true;
        asked->number = 1;
        inbox_.ask(std::move(asked));
      }
    while (to_.serve_inbox()) {
    }
    drain();
  }
  template <class Make>
  void turn(Make make) {
    for (std::size_t i = 0; i < ticks_a_turn; ++i) {
      make(event_.tick);
      to_.publish(event_, {1, 1});
    }
    to_.commit();
  }
  void drain() {
    for (wire::lane* lane : {&first_, &second_})
      while (const std::size_t got = lane->take(out_))
        for (std::size_t i = 0; i < got; ++i)
          if (out_[i].kind() == wire::record_kind::answer) delete out_[i].reply.block;
  }

 private:
  wire::symbol_table symbols_{symbol_count};
  wire::inbox inbox_;
  wire::lane first_{65536}, second_{65536};
  feed::sequencer to_{symbols_, inbox_, {&first_, &second_}};
  feed::event event_;
  std::vector<wire::record> out_{4096};
};

// `make` fills a tick. Warm is: every stream's recent ticks have what they will ever have.
template <class Make>
void run(benchmark::State& state, Make make, std::vector<wire::channel> channels = {wire::channel::trades, wire::channel::quotes},
         bool stamped = false) {
  intake market{static_cast<std::uint32_t>(state.range(0)), std::move(channels), stamped};
  for (std::size_t i = 0; i < 6'000'000; i += ticks_a_turn) {
    market.turn(make);
    market.drain();
  }
  for (auto _ : state) {
    market.turn(make);
    if (state.range(0) == 0) continue;
    state.PauseTiming();
    market.drain();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ticks_a_turn));
}

void ingest_publish(benchmark::State& state) {
  feed::random dice{7};
  const wire::tick made[] = {trade(0), quote(0)};
  run(state, [&](wire::tick& t) {
    const std::uint64_t bits = dice.bits();
    t = made[bits & 1];
    t.symbol = wire::symbol_id{static_cast<std::uint32_t>((bits >> 32) * symbol_count >> 32)};
  });
}
BENCHMARK(ingest_publish)->Arg(0)->Arg(1)->Arg(2);

// Trades of which each begins a second of its symbol, so that the one before goes into the bars of all periods; whether
// nobody, one or two shards follow the bars of a minute.
void ingest_seconds(benchmark::State& state) {
  feed::random dice{7};
  std::int64_t now = 0;
  run(state, [&](wire::tick& t) {
    t = trade(0);
    t.symbol = wire::symbol_id{static_cast<std::uint32_t>(dice.bits() >> 32) % symbol_count};
    t.venue_ns = now += 1'000'000'000 / (symbol_count / 10);
  }, {wire::channel::bars_1m}, true);
}
BENCHMARK(ingest_seconds)->Arg(0)->Arg(1)->Arg(2);

void ingest_simulated(benchmark::State& state) {
  feed::sim_settings settings;
  settings.symbols = symbol_count;
  settings.rate = 1'000'000;
  feed::simulation source{settings};
  run(state, [&](wire::tick& t) {
    const std::uint32_t at = source.next(t);
    t.symbol = wire::symbol_id{at};
  });
}
BENCHMARK(ingest_simulated)->Arg(0)->Arg(1)->Arg(2);

void simulation_next(benchmark::State& state) {
  feed::sim_settings settings;
  settings.symbols = symbol_count;
  settings.rate = 1'000'000;
  feed::simulation source{settings};
  wire::tick t{};
  for (auto _ : state) benchmark::DoNotOptimize(source.next(t));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(simulation_next);

}  // namespace
}  // namespace tickcast
