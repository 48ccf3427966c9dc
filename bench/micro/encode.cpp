// One market message to JSON and to SBE, into memory that is warm: what a tick costs a shard once, whoever listens. And how
// long it is on the wire: `bytes` of each message, and of a usual trade in frames of one, ten and forty.
#include <benchmark/benchmark.h>

#include "bench/micro/ticks.hpp"
#include "fanout/batch.hpp"
#include "wire/encoding.hpp"

namespace tickcast {
namespace {

using wire::encoding;

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
  state.counters["bytes"] = static_cast<double>(to.size());
}

void encode_trade(benchmark::State& state, encoding as) {
  wire::tick t = trade(1);
  run(state, [&](wire::text& to) { ++t.n, wire::encode(as, to, "AAPL", t, {}); });
}
BENCHMARK_CAPTURE(encode_trade, json, encoding::json);
BENCHMARK_CAPTURE(encode_trade, sbe, encoding::sbe);

void encode_trade_with_notes(benchmark::State& state, encoding as) {
  wire::tick t = trade(1);
  wire::notes notes;
  notes.add(wire::note_tag::id, "1043217");
  notes.add(wire::note_tag::condition, "@");
  notes.add(wire::note_tag::condition, "F");
  run(state, [&](wire::text& to) { ++t.n, wire::encode(as, to, "AAPL", t, notes.bytes()); });
}
BENCHMARK_CAPTURE(encode_trade_with_notes, json, encoding::json);
BENCHMARK_CAPTURE(encode_trade_with_notes, sbe, encoding::sbe);

void encode_quote(benchmark::State& state, encoding as) {
  wire::tick t = quote(1);
  run(state, [&](wire::text& to) { ++t.n, wire::encode(as, to, "AAPL", t, {}); });
}
BENCHMARK_CAPTURE(encode_quote, json, encoding::json);
BENCHMARK_CAPTURE(encode_quote, sbe, encoding::sbe);

void encode_merged_trade(benchmark::State& state, encoding as) {
  wire::merge m;
  for (wire::sequence n = 1; n <= 50; ++n) m.add(trade(n), {});
  run(state, [&](wire::text& to) { wire::encode(as, to, "AAPL", m); });
}
BENCHMARK_CAPTURE(encode_merged_trade, json, encoding::json);
BENCHMARK_CAPTURE(encode_merged_trade, sbe, encoding::sbe);

// So many usual trades (a side and a venue, six-digit numbers), encoded and put into a frame: the bytes of each, its share
// of the WebSocket's header included.
void frame_trades(benchmark::State& state, encoding as) {
  const auto trades = static_cast<std::size_t>(state.range(0));
  fanout::batch b;
  std::size_t bytes = 0;
  for (auto _ : state) {
    b.begin(as);
    for (std::size_t i = 0; i < trades; ++i) wire::encode(as, b.open(), "AAPL", trade(104'217 + i), {});
    const std::string_view frame = b.frame(as == encoding::json ? wire::opcode::text : wire::opcode::binary);
    bytes = frame.size();
    benchmark::DoNotOptimize(frame.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_a_trade"] = static_cast<double>(bytes) / static_cast<double>(trades);
}
BENCHMARK_CAPTURE(frame_trades, json, encoding::json)->Arg(1)->Arg(10)->Arg(40);
BENCHMARK_CAPTURE(frame_trades, sbe, encoding::sbe)->Arg(1)->Arg(10)->Arg(40);

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
