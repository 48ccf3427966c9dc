// Records through a lane, in bulks of 1, 32 and 256: on one thread (what the code costs) and between two (what the cache
// lines cost too). And the doorbell: with its sleeper awake, and asleep.
#include "wire/lane.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "bench/micro/ticks.hpp"

namespace tickcast {
namespace {

std::vector<wire::record> bulk_of(std::int64_t size) {
  return std::vector<wire::record>(static_cast<std::size_t>(size), wire::record{trade(1)});
}

void lane_put_take(benchmark::State& state) {
  wire::lane lane{65536};
  const auto in = bulk_of(state.range(0));
  std::vector<wire::record> out(in.size());
  for (auto _ : state) {
    lane.put(in);
    lane.ring();
    benchmark::DoNotOptimize(lane.take(out));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(lane_put_take)->Arg(1)->Arg(32)->Arg(256);

void lane_between_threads(benchmark::State& state) {
  wire::lane lane{65536};
  std::atomic<bool> over{false};
  std::thread shard([&] {
    std::vector<wire::record> out(4096);
    while (!over.load(std::memory_order_relaxed))
      if (lane.take(out) == 0) std::this_thread::yield();
  });
  const auto in = bulk_of(state.range(0));
  for (auto _ : state) {
    while (lane.room() < in.size()) std::this_thread::yield();
    lane.put(in);
    lane.ring();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  over = true;
  shard.join();
}
BENCHMARK(lane_between_threads)->Arg(1)->Arg(32)->Arg(256)->UseRealTime();

void doorbell_awake(benchmark::State& state) {
  wire::doorbell bell;
  for (auto _ : state) bell.ring();
}
BENCHMARK(doorbell_awake);

void doorbell_asleep(benchmark::State& state) {
  wire::doorbell bell;
  for (auto _ : state) {
    bell.doze();
    bell.ring();
    std::uint64_t rung = 0;
    benchmark::DoNotOptimize(::read(bell.fd(), &rung, sizeof rung));
    bell.rise();
  }
}
BENCHMARK(doorbell_asleep);

}  // namespace
}  // namespace tickcast
