#pragma once
// Counters with one writer: a shard counts in plain memory of its own, and a scrape on another thread reads it. Load
// and store are relaxed, so counting compiles to an ordinary add: no locked instruction on the way of a tick.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tickcast::fanout {

class counter {
 public:
  void add(std::int64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  std::int64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Seconds, in buckets that reach from a turn of microseconds to a client that is ten seconds late.
inline constexpr std::array<double, 20> second_bounds{1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
                                                      2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 10};

class histogram {
 public:
  void observe(std::int64_t ns, std::int64_t times = 1) {
    std::size_t at = 0;
    while (at < bounds_ns.size() && ns > bounds_ns[at]) ++at;
    buckets_[at].add(times);
    sum_ns_.add(ns * times);
  }
  std::int64_t bucket(std::size_t i) const { return buckets_[i].read(); }
  double sum_seconds() const { return static_cast<double>(sum_ns_.read()) * 1e-9; }

 private:
  static constexpr auto bounds_ns = [] {
    std::array<std::int64_t, second_bounds.size()> ns{};
    for (std::size_t i = 0; i < ns.size(); ++i) ns[i] = static_cast<std::int64_t>(second_bounds[i] * 1e9 + 0.5);
    return ns;
  }();
  std::array<counter, second_bounds.size() + 1> buckets_;
  counter sum_ns_;
};

}  // namespace tickcast::fanout
