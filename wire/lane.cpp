#include "wire/lane.hpp"

#include "wire/answer.hpp"

namespace tickcast::wire {

lane::lane(std::size_t capacity)
    : capacity_(capacity), queue_(capacity + 2 * traits::BLOCK_SIZE, 1, 0), token_(queue_) {}

lane::~lane() {
  record left;
  while (queue_.try_dequeue(left))
    if (left.kind() == record_kind::answer) delete left.reply.block;
}

std::size_t lane::depth() const {
  // `taken_` first: it never overtakes `put_`, so the difference cannot be negative.
  const std::uint64_t taken = taken_.load(std::memory_order_acquire);
  return static_cast<std::size_t>(put_.load(std::memory_order_acquire) - taken);
}

std::size_t lane::room() const {
  const std::size_t held = depth();
  return held < capacity_ ? capacity_ - held : 0;
}

void lane::put(std::span<const record> records) {
  if (records.empty()) return;
  // Counted before it can be taken, so that `depth` never sees more taken than put.
  put_.store(put_.load(std::memory_order_relaxed) + records.size(), std::memory_order_release);
  queue_.enqueue_bulk(token_, records.data(), records.size());
}

std::size_t lane::take(std::span<record> into) {
  const std::size_t got = queue_.try_dequeue_bulk_from_producer(token_, into.data(), into.size());
  if (got) taken_.store(taken_.load(std::memory_order_relaxed) + got, std::memory_order_release);
  return got;
}

bool lane::empty() const { return depth() == 0; }

}  // namespace tickcast::wire
