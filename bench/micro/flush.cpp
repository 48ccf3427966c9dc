// A flush of K messages to each of 256 clients, up to the finished frame: plain, and deflated. No TLS and no socket.
// Items are messages delivered.
#include <benchmark/benchmark.h>

#include "bench/micro/audience.hpp"

namespace tickcast {
namespace {

constexpr std::size_t clients = 256;

void flush(benchmark::State& state, bool deflated) {
  audience listeners{clients};
  framing_transport frames{deflated ? &listeners.commons() : nullptr};
  for (auto _ : state) {
    listeners.publish(state.range(0));
    state.SetIterationTime(seconds_of([&] { listeners.flush(frames); }));
    listeners.end_turn();
  }
  const std::int64_t flushes = state.iterations() * static_cast<std::int64_t>(clients);
  state.SetItemsProcessed(flushes * state.range(0));
  state.counters["bytes_a_flush"] = static_cast<double>(frames.bytes()) / static_cast<double>(flushes);
  state.counters["s_a_flush"] =
      benchmark::Counter(static_cast<double>(flushes), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(flush, framed, false)->Arg(1)->Arg(10)->Arg(40)->UseManualTime();
BENCHMARK_CAPTURE(flush, deflated, true)->Arg(1)->Arg(10)->Arg(40)->UseManualTime();

}  // namespace
}  // namespace tickcast
