#pragma once
// What a source counts. Each number has one writer, the ingest thread, and any reader: plain relaxed stores do, and
// cost what an ordinary variable costs.
#include <atomic>
#include <cstdint>

namespace tickcast::feed {

class count {
 public:
  void add(std::uint64_t more = 1) { set(value() + more); }
  void set(std::uint64_t to) { value_.store(to, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct counters {
  count ticks;         // sequenced
  count bad_input;     // lines (or events) that could not be taken
  count publishers;    // connected now; listening sources only
  count last_tick_ns;  // monotonic clock; 0: none yet
};

}  // namespace tickcast::feed
