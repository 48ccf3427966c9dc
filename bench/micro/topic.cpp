// A tick published to N listeners of its stream: one encoding, and N offers of four bytes. Items are offers.
#include <benchmark/benchmark.h>

#include "bench/micro/audience.hpp"

namespace tickcast {
namespace {

constexpr std::int64_t ticks_a_turn = 32;

void topic_offer(benchmark::State& state) {
  audience listeners{static_cast<std::size_t>(state.range(0))};
  framing_transport nowhere;
  for (auto _ : state) {
    state.SetIterationTime(seconds_of([&] { listeners.publish(ticks_a_turn); }));
    listeners.flush(nowhere);
    listeners.end_turn();
  }
  state.SetItemsProcessed(state.iterations() * ticks_a_turn * state.range(0));
}
BENCHMARK(topic_offer)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseManualTime();

}  // namespace
}  // namespace tickcast
