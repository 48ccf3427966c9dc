#pragma once
// One stream as a shard sees it: who listens, and how. `every` listeners sit in a dense array; `latest` ones share a
// class by interval.
#include <cstdint>
#include <memory>
#include <vector>

#include "fanout/merge_class.hpp"
#include "fanout/replica.hpp"
#include "fanout/seat.hpp"
#include "fanout/tongues.hpp"

namespace tickcast::fanout {

struct topic {
  wire::channel channel{};
  wire::symbol_id symbol{};
  wire::sequence last = 0;   // number of the last tick seen
  bool live = false;         // the sequencer's answer came; before it, ticks are not for us
  std::uint32_t users = 0;   // subscriptions, and requests on their way
  bool let_go = false;       // the sequencer was told, or is about to be, that nobody here wants it
  std::vector<seat> every;
  tongues every_in;          // … and how these want it
  std::vector<std::unique_ptr<merge_class>> classes;
  std::unique_ptr<replica> book;  // of the channel `book`, whose listeners are all there
};

}  // namespace tickcast::fanout
