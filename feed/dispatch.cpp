#include "feed/dispatch.hpp"

#include <algorithm>
#include <utility>

namespace tickcast::feed {

std::span<const wire::record> dispatch::put() {
  const std::size_t size = std::exchange(size_, 0);
  if (size == 0) return {};
  std::size_t fits = std::min(size, lane_.room());
  if (fits < size) {
    // Notes are nothing without their tick: the cut goes in front of them.
    while (fits > 0 && records_[fits - 1].kind() == wire::record_kind::note) --fits;
    lane_.dropped(size - fits);
  }
  lane_.put({records_.data(), fits});
  lane_.ring();
  return {records_.data() + fits, size - fits};
}

void dispatch::put(std::unique_ptr<wire::answer> answer) {
  const wire::record carrier{answer.release()};
  lane_.put({&carrier, 1});
  lane_.ring();
}

bool dispatch::crowded(std::int64_t mono_ns) {
  if (!behind()) return false;
  if (const std::uint64_t taken = lane_.taken_total(); taken != taken_) {
    taken_ = taken;
    moved_ns_ = mono_ns;
  }
  return mono_ns - moved_ns_ < standing_ns;
}

}  // namespace tickcast::feed
