#pragma once
// The last ticks of one stream, with their notes, as records in their order: what `history` shows and `resume` replays.
// A ring that doubles until it holds `recent_ticks`, as long as the budget that all streams share allows; from then on
// the oldest makes room for the newest, and nothing is allocated.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire/notes.hpp"
#include "wire/record.hpp"

namespace tickcast::feed {

// What all streams together may keep, in records.
struct recent_budget {
  std::size_t left = 0;
  std::size_t stream_max = 4096;  // of one stream
};

class recent {
 public:
  bool empty() const { return size_ == 0; }
  wire::sequence oldest() const { return oldest_; }  // number of the oldest tick kept

  void push(const wire::tick& t, const wire::notes& notes, recent_budget& budget) {
    const auto put = [&](const wire::record& r) {
      if (size_ == capacity_ && !grow(budget)) drop_oldest();
      ring_[(first_ + size_++) & (capacity_ - 1)] = r;
    };
    if (!notes.empty()) notes.split(t.symbol, [&](const wire::note& n) { put(wire::record{n}); });
    put(wire::record{t});
    if (oldest_ == 0) oldest_ = t.n;
    // Where the next one of this stream goes: by then the line is here, and nobody waits for it.
    if (capacity_) __builtin_prefetch(&ring_[(first_ + size_) & (capacity_ - 1)], 1);
  }

  // Begins anew: what is pushed next does not follow what is kept.
  void restart() { first_ = size_ = 0, oldest_ = 0; }

  // Appends the newest `ticks` of them, oldest first, notes in front of theirs.
  void copy_last(std::size_t ticks, std::vector<wire::record>& to) const {
    std::size_t from = size_;
    while (from > 0 && ticks > 0) {
      --from;
      while (from > 0 && at(from - 1).kind() == wire::record_kind::note) --from;
      --ticks;
    }
    for (; from < size_; ++from) to.push_back(at(from));
  }

 private:
  static constexpr std::size_t smallest = 8;  // a power of two, above the notes that one tick can bring

  const wire::record& at(std::size_t i) const { return ring_[(first_ + i) & (capacity_ - 1)]; }

  bool grow(recent_budget& budget) {
    const std::size_t wider = capacity_ ? capacity_ * 2 : smallest;
    // The first few records are everybody's: a stream always has its last tick.
    if (capacity_ && (wider > budget.stream_max || budget.left < wider - capacity_)) return false;
    auto ring = std::make_unique<wire::record[]>(wider);
    for (std::size_t i = 0; i < size_; ++i) ring[i] = at(i);
    budget.left -= std::min(budget.left, wider - capacity_);
    ring_ = std::move(ring);
    first_ = 0;
    capacity_ = wider;
    return true;
  }

  // A tick and the notes in front of it.
  void drop_oldest() {
    bool dropped_tick = false;
    while (size_ > 0 && !dropped_tick) {
      dropped_tick = at(0).kind() != wire::record_kind::note;
      first_ = (first_ + 1) & (capacity_ - 1);
      --size_;
    }
    if (dropped_tick) ++oldest_;
  }

  std::unique_ptr<wire::record[]> ring_;
  std::size_t first_ = 0, size_ = 0, capacity_ = 0;
  wire::sequence oldest_ = 0;
};

}  // namespace tickcast::feed
