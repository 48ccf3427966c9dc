#pragma once
// Whether a source whose input can wait should wait. A file, a pipe and a socket keep what is not yet read, so reading
// on while a shard is behind would turn a burst into gaps for nothing. But one shard that stays behind must not
// hold up the others: after `limit` of waiting the source reads on until the lanes have been free again.
//
// It waits for nothing itself; the source asks again after `pause`.
#include <chrono>
#include <cstdint>

namespace tickcast::feed {

class patience {
 public:
  static constexpr std::chrono::microseconds pause{250};

  explicit patience(std::chrono::nanoseconds limit) : limit_ns_(limit.count()) {}

  // True: do not read now. `crowded`: what the sequencer says of its lanes.
  bool wait(bool crowded, std::int64_t mono_ns) {
    if (!crowded) {
      waiting_ = false;
      return false;
    }
    if (!waiting_) {
      waiting_ = true;
      since_ns_ = mono_ns;
    }
    return mono_ns - since_ns_ < limit_ns_;
  }

 private:
  const std::int64_t limit_ns_;
  std::int64_t since_ns_ = 0;
  bool waiting_ = false;
};

}  // namespace tickcast::feed
