// What the journal costs the ingest thread a tick: the copy, and its share of the checksum and of the one write a batch
// of 1, 32 and 256. And the sum by itself.
#include "feed/journal.hpp"

#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bench/micro/ticks.hpp"

namespace tickcast {
namespace {

void journal_append_flush(benchmark::State& state) {
  spdlog::set_level(spdlog::level::off);
  const std::string directory = std::filesystem::temp_directory_path() / "tickcast-bench-journal";
  {
    constexpr std::uint64_t mib = 1 << 20;
    feed::journal to{{directory, 64 * mib, 256 * mib, feed::journal_sync::never, std::chrono::milliseconds{100}}};
    wire::symbol_table symbols{10};
    symbols.append("A");
    const auto begin = [&] {
      to.begin_file(symbols);
      to.end_head();
    };
    to.resume();
    begin();
    const wire::notes none{};
    wire::sequence n = 0;
    for (auto _ : state) {
      for (std::int64_t i = 0; i < state.range(0); ++i) to.append(trade(++n), none, 1'732'060'800'123'456'789);
      to.flush();
      if (to.full()) begin();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(journal_append_flush)->Arg(1)->Arg(32)->Arg(256);

void crc_of_a_batch(benchmark::State& state) {
  const std::vector<wire::record> batch(256, wire::record{trade(1)});
  for (auto _ : state) benchmark::DoNotOptimize(feed::crc32c(batch.data(), batch.size() * sizeof batch[0]));
  state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(crc_of_a_batch);

}  // namespace
}  // namespace tickcast
