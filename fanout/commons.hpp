#pragma once
// What all sessions of a shard have in common, in one place, on the shard's one thread.
#include <array>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "fanout/batch.hpp"
#include "fanout/clock.hpp"
#include "fanout/limits.hpp"
#include "fanout/shared_batches.hpp"
#include "fanout/tally.hpp"
#include "fanout/turn.hpp"
#include "fanout/wheel.hpp"
#include "wire/bar_shelf.hpp"
#include "wire/deflate.hpp"
#include "wire/market_hours.hpp"
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
  wire::bar_shelf* shelf = nullptr;           // null: there is no history
  const wire::market_hours* hours = nullptr;  // null: always open
};

// Something that a shard is about to answer, and that lives no longer than the shard.
struct errand {
  virtual ~errand() = default;
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
  std::unordered_map<errand*, std::unique_ptr<errand>> errands{};
  std::size_t rest_asked = 0;  // plain requests that wait for their answer
  std::size_t rest_bytes = 0;  // of answers that sockets have not taken
};

}  // namespace tickcast::fanout
