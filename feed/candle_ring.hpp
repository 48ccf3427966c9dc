#pragma once
// The closed bars of one symbol and period, oldest first. Doubles until it holds `series_max` or the budget that all share is
// used up; from then on the oldest makes room for the newest, and nothing is allocated.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "feed/candle.hpp"

namespace tickcast::feed {

struct candle_budget {
  std::size_t left = 0;           // candles, beyond the few that are everybody's
  std::size_t series_max = 5000;  // of one period
};

class candle_ring {
 public:
  std::size_t size() const { return size_; }
  bool whole() const { return !dropped_; }  // nothing has had to go yet
  candle& operator[](std::size_t i) { return ring_[place(i)]; }
  const candle& operator[](std::size_t i) const { return ring_[place(i)]; }
  const candle& back() const { return (*this)[size_ - 1]; }

  // The first that does not begin before this moment; `size()`: all do.
  std::size_t from(std::int64_t start_ns) const {
    std::size_t low = 0, high = size_;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      ((*this)[middle].start_ns < start_ns ? low : high) = (*this)[middle].start_ns < start_ns ? middle + 1 : middle;
    }
    return low;
  }

  void push(const candle& c, candle_budget& budget) {
    if (size_ == capacity_ && !grow(budget)) {
      first_ = first_ + 1 == capacity_ ? 0 : first_ + 1;
      --size_;
      dropped_ = true;
    }
    ++size_;
    (*this)[size_ - 1] = c;
  }

  // In front of the one at `at`. False: it would be older than all that are kept.
  bool insert(std::size_t at, const candle& c, candle_budget& budget) {
    if (at == 0 && dropped_) return false;
    const std::size_t before = size_;
    push(c, budget);
    if (size_ == before) {  // the oldest is gone
      if (at == 0) return false;
      --at;
    }
    for (std::size_t i = size_ - 1; i > at; --i) std::swap((*this)[i], (*this)[i - 1]);
    return true;
  }

 private:
  static constexpr std::size_t smallest = 8;

  std::size_t place(std::size_t i) const {
    const std::size_t at = first_ + i;
    return at < capacity_ ? at : at - capacity_;
  }

  bool grow(candle_budget& budget) {
    const std::size_t wider = std::min(capacity_ ? capacity_ * 2 : smallest, std::max(budget.series_max, smallest));
    if (wider <= capacity_ || (capacity_ && budget.left < wider - capacity_)) return false;
    auto ring = std::make_unique<candle[]>(wider);
    for (std::size_t i = 0; i < size_; ++i) ring[i] = (*this)[i];
    budget.left -= std::min(budget.left, wider - capacity_);
    ring_ = std::move(ring);
    first_ = 0;
    capacity_ = wider;
    return true;
  }

  std::unique_ptr<candle[]> ring_;
  std::size_t first_ = 0, size_ = 0, capacity_ = 0;
  bool dropped_ = false;
};

}  // namespace tickcast::feed
