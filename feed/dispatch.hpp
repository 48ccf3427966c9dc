#pragma once
// One shard's way out of the sequencer: what is published gathers here and goes into the lane in bulk. What the lane has
// no room for is handed back and never waited for. A stream of which something was handed back is torn for that
// shard: until it is mended from the recent ticks, nothing more of it is offered, as it could only be thrown away.
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "wire/answer.hpp"
#include "wire/lane.hpp"
#include "wire/notes.hpp"

namespace tickcast::feed {

inline constexpr std::size_t batch_records = 256;  // put into a lane at once, as large as a block of its queue

struct torn_stream {
  wire::symbol_id symbol{};
  wire::sequence first = 0;  // number of the first tick that the shard has missed
  std::int64_t start_ns = 0;  // of bars: from here on it may have missed their ends
};

class dispatch {
 public:
  explicit dispatch(wire::lane& lane) : lane_(lane) {}

  bool fits(const wire::notes& notes) const { return size_ + needed(notes) <= batch_records; }
  void append(const wire::tick& tick, const wire::notes& notes) {
    if (!notes.empty()) notes.split(tick.symbol, [&](const wire::note& n) { records_[size_++] = wire::record{n}; });
    records_[size_++] = wire::record{tick};
  }
  // What did not fit the lane; valid until the next `append`.
  std::span<const wire::record> put();
  // Whatever room there is: the shard has asked for it, or misses it.
  void put(std::unique_ptr<wire::answer> answer);

  // More than half of the lane is taken.
  bool behind() const { return lane_.depth() > lane_.capacity() / 2; }
  // Behind, and working on it: input that can wait elsewhere should. Who stands still is not waited for.
  bool crowded(std::int64_t mono_ns);
  std::deque<torn_stream>& torn(wire::channel c) { return torn_[wire::index_of(c)]; }

 private:
  static std::size_t needed(const wire::notes& notes) {
    return 1 + (notes.bytes().size() + wire::note_bytes - 1) / wire::note_bytes;
  }

  static constexpr std::int64_t standing_ns = 50'000'000;  // a turn of the largest crowd is shorter

  wire::lane& lane_;
  std::uint64_t taken_ = 0;     // by the shard, when it was looked at
  std::int64_t moved_ns_ = 0;   // when that had changed
  std::size_t size_ = 0;
  std::array<wire::record, batch_records> records_;
  std::array<std::deque<torn_stream>, wire::channel_count> torn_;  // the longest torn first
};

}  // namespace tickcast::feed
