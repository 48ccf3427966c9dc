#pragma once
// The way from the ingest thread to the archive's: a bounded ring of bars with one writer and one reader. Neither ever
// waits, locks or makes a system call; a ring that is full says so, and the writer goes on without.
#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "wire/bar.hpp"

namespace tickcast::feed {

class bar_queue {
 public:
  // `places`: a power of two.
  explicit bar_queue(std::size_t places) : mask_(places - 1), ring_(std::allocator<wire::bar>{}.allocate(places)) {}
  ~bar_queue() { std::allocator<wire::bar>{}.deallocate(ring_, mask_ + 1); }
  bar_queue(const bar_queue&) = delete;
  bar_queue& operator=(const bar_queue&) = delete;

  // The writer. False: there is no room.
  bool put(const wire::bar& b) {
    const std::size_t at = put_.load(std::memory_order_relaxed);
    if (at - seen_ > mask_) {
      seen_ = taken_.load(std::memory_order_acquire);
      if (at - seen_ > mask_) return false;
    }
    std::construct_at(ring_ + (at & mask_), b);
    put_.store(at + 1, std::memory_order_release);
    return true;
  }

  // The reader: calls `see(bar)` for all there are, and returns how many.
  template <class See>
  std::size_t take(See see) {
    const std::size_t end = put_.load(std::memory_order_acquire);
    const std::size_t begin = taken_.load(std::memory_order_relaxed);
    for (std::size_t at = begin; at != end; ++at) see(ring_[at & mask_]);
    taken_.store(end, std::memory_order_release);
    return end - begin;
  }

  // Anybody.
  std::size_t size() const { return put_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_relaxed); }

 private:
  static_assert(std::is_trivially_copyable_v<wire::bar> && std::is_trivially_destructible_v<wire::bar>);

  const std::size_t mask_;
  wire::bar* const ring_;  // memory is touched as it fills, so a large ring costs what has been in it
  alignas(64) std::atomic<std::size_t> put_{0};
  std::size_t seen_ = 0;   // what the writer last saw of `taken_`
  alignas(64) std::atomic<std::size_t> taken_{0};
};

}  // namespace tickcast::feed
