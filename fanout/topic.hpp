#pragma once
// One stream as a shard sees it: who listens, and how. `every` listeners sit in a dense array; `latest` ones share a
// class by interval, which merges once and is encoded once for all of them.
#include <cstdint>
#include <memory>
#include <vector>

#include "fanout/outbox.hpp"
#include "fanout/subscription.hpp"
#include "wire/merge.hpp"

namespace tickcast::fanout {

struct seat {
  outbox* who = nullptr;
  subscription* what = nullptr;
};

// Joined while the class was in the middle of a merge that began before it: merges for itself until that one is sent.
struct fresh_seat : seat {
  wire::merge since;
};

struct merge_class final : wheel::timer {
  merge_class(topic& t, std::uint32_t interval, std::vector<merge_class*>& list)
      : home(t), interval_ms(interval), ready_list(list) {}

  topic& home;
  const std::uint32_t interval_ms;
  std::vector<merge_class*>& ready_list;  // classes to be sent at the end of this turn
  std::vector<seat> seats;
  std::vector<fresh_seat> fresh;
  wire::merge pending;
  std::int64_t next_ns = 0;  // not sent before
  bool ready = false;        // in the list

  bool unused() const { return seats.empty() && fresh.empty(); }
  void make_ready() {
    if (ready) return;
    ready = true;
    ready_list.push_back(this);
  }

 private:
  void due(std::int64_t) override { make_ready(); }
};

struct topic {
  wire::channel channel{};
  wire::symbol_id symbol{};
  wire::sequence last = 0;   // number of the last tick seen
  bool live = false;         // the sequencer's answer came; before it, ticks are not for us
  std::uint32_t users = 0;   // subscriptions, and requests on their way
  bool let_go = false;       // the sequencer was told, or is about to be, that nobody here wants it
  std::vector<seat> every;
  std::vector<std::unique_ptr<merge_class>> classes;
};

}  // namespace tickcast::fanout
