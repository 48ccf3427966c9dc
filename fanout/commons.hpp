#pragma once
// What all sessions of a shard have in common, in one place, on the shard's one thread.
#include <array>
#include <random>
#include <string>
#include <vector>

#include "fanout/batch.hpp"
#include "fanout/clock.hpp"
#include "fanout/limits.hpp"
#include "fanout/shared_batches.hpp"
#include "fanout/tally.hpp"
#include "fanout/turn.hpp"
#include "fanout/wheel.hpp"
#include "wire/deflate.hpp"
#include "wire/symbols.hpp"

namespace tickcast::fanout {

class topics;

// What is served, the same for all shards; the caller's, and outlives them.
struct service {
  const fanout::limits& limits;
  const wire::symbol_table& symbols;
  const std::string& epoch;
  const std::string& version;
  const std::vector<std::string>& allowed_origins;
  bool open_symbols = false;
  bool echo = false;
  bool deflate = true;
};

struct commons : service {
  explicit commons(const service& all, const fanout::clock& time = {}) : service(all), clock(time) {}

  fanout::clock clock;
  std::mt19937_64 dice{std::random_device{}()};  // names of sessions
  fanout::topics* topics = nullptr;
  fanout::turn turn{};
  fanout::batch batch{};
  std::array<fanout::shared_batches, wire::encoding_count> shared{};
  fanout::tally tally{};
  fanout::wheel wheel{clock.mono_ns()};
  wire::deflater deflater{};
  wire::text scratch{};
};

}  // namespace tickcast::fanout
