// One market message to JSON, into memory that is warm: what a tick costs a shard once, whoever listens.
#include <benchmark/benchmark.h>

#include "bench/micro/ticks.hpp"
#include "wire/encode_json.hpp"

namespace tickcast {
namespace {

template <class Encode>
void run(benchmark::State& state, Encode encode) {
  wire::text to;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    to.clear();
    encode(to);
    benchmark::DoNotOptimize(to.data());
    bytes += static_cast<std::int64_t>(to.size());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(bytes);
}

void encode_trade(benchmark::State& state) {
  wire::tick t = trade(1);
  run(state, [&](wire::text& to) { ++t.n, wire::encode_json(to, "AAPL", t, {}); });
}
BENCHMARK(encode_trade);

void encode_trade_with_notes(benchmark::State& state) {
  wire::tick t = trade(1);
  wire::notes notes;
  notes.add(wire::note_tag::id, "1043217");
  notes.add(wire::note_tag::condition, "@");
  notes.add(wire::note_tag::condition, "F");
  run(state, [&](wire::text& to) { ++t.n, wire::encode_json(to, "AAPL", t, notes.bytes()); });
}
BENCHMARK(encode_trade_with_notes);

void encode_quote(benchmark::State& state) {
  wire::tick t = quote(1);
  run(state, [&](wire::text& to) { ++t.n, wire::encode_json(to, "AAPL", t, {}); });
}
BENCHMARK(encode_quote);

void encode_merged_trade(benchmark::State& state) {
  wire::merge m;
  for (wire::sequence n = 1; n <= 50; ++n) m.add(trade(n), {});
  run(state, [&](wire::text& to) { wire::encode_json(to, "AAPL", m); });
}
BENCHMARK(encode_merged_trade);

void merge_trade(benchmark::State& state) {
  wire::merge m;
  wire::tick t = trade(1);
  for (auto _ : state) {
    ++t.n;
    if (!m.add(t, {})) {
      m.clear();
      m.add(t, {});
    }
    benchmark::DoNotOptimize(m);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(merge_trade);

}  // namespace
}  // namespace tickcast
