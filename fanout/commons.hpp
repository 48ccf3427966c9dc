#pragma once
// What all sessions of a shard have in common, in one place, on the shard's one thread.
#include <string>
#include <vector>

#include "fanout/batch.hpp"
#include "fanout/clock.hpp"
#include "fanout/limits.hpp"
#include "fanout/tally.hpp"
#include "fanout/turn.hpp"
#include "fanout/wheel.hpp"
#include "wire/deflate.hpp"
#include "wire/symbols.hpp"

namespace tickcast::fanout {

class topics;

struct commons {
  const fanout::limits& limits;
  const wire::symbol_table& symbols;
  const std::string& epoch;
  const std::string& version;
  const std::vector<std::string>& allowed_origins;
  bool open_symbols = false;
  bool echo = false;
  bool deflate = true;

  fanout::topics* topics = nullptr;
  fanout::turn turn{};
  fanout::batch batch{};
  fanout::tally tally{};
  fanout::wheel wheel{mono_ns()};
  wire::deflater deflater{};
  wire::text scratch{};
};

}  // namespace tickcast::fanout
