#pragma once
// The way from the sequencer to one shard: a bounded moodycamel queue with one producer token, bulk in and bulk out,
// and a wake-up that costs one exchange a batch while the shard is awake. FIFO holds because there is one producer.
//
// It does not wait and does not drop by itself: `room()` tells the producer how much fits, and the producer decides.
// Answers are always taken: each one belongs to a request of this very shard, so they are bounded by the asking side.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <concurrentqueue/concurrentqueue.h>

#include "wire/doorbell.hpp"
#include "wire/record.hpp"

namespace tickcast::wire {

class lane {
 public:
  explicit lane(std::size_t capacity);
  ~lane();  // frees the answers that nobody took

  // ---- producer (the ingest thread) ----
  std::size_t room() const;
  // `records` must fit `room()`; answers may go beyond it.
  void put(std::span<const record> records);
  void dropped(std::size_t records) { dropped_.store(dropped_.load(std::memory_order_relaxed) + records, std::memory_order_relaxed); }
  // After a batch: wakes the shard if it sleeps.
  void ring() { bell_.ring(); }

  // ---- consumer (the shard) ----
  std::size_t take(std::span<record> into);
  bool empty() const;
  doorbell& bell() { return bell_; }

  // ---- anybody (metrics) ----
  std::size_t depth() const;
  std::size_t capacity() const { return capacity_; }
  std::uint64_t taken_total() const { return taken_.load(std::memory_order_relaxed); }
  std::uint64_t dropped_total() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  struct traits : moodycamel::ConcurrentQueueDefaultTraits {
    static constexpr std::size_t BLOCK_SIZE = 256;  // 16 KiB of records: few blocks, few index steps
  };
  using queue = moodycamel::ConcurrentQueue<record, traits>;

  const std::size_t capacity_;
  queue queue_;
  moodycamel::ProducerToken token_;
  // Each has one writer, so plain load and store do; a line each, so the two sides do not share one.
  alignas(64) std::atomic<std::uint64_t> put_{0};
  std::atomic<std::uint64_t> dropped_{0};
  alignas(64) std::atomic<std::uint64_t> taken_{0};
  doorbell bell_;
};

}  // namespace tickcast::wire
