#pragma once
// The times of a recording that is played again and again: each pass goes on where the one before it ended, so that
// to everybody behind it, bars first of all, it is one market without an end, and not one that jumps back.
//
// Played faster than time, it would come to times that are still to come, which nobody believes a trade. So a pass that would
// end there begins with the first one's times again.
#include <algorithm>
#include <cstdint>
#include <limits>

namespace tickcast::feed {

class loop_clock {
 public:
  static constexpr std::int64_t step_ns = 1000;  // from the last of a pass to the first of the next; times are told in µs

  // When it is now that it was `recorded_ns` then.
  std::int64_t now(std::int64_t recorded_ns) {
    first_ns_ = std::min(first_ns_, recorded_ns);
    last_ns_ = std::max(last_ns_, recorded_ns);
    std::int64_t at = 0;
    return __builtin_add_overflow(recorded_ns, moved_ns_, &at) ? recorded_ns : at;
  }

  // The next pass begins. `unix_ns`: the time by our own clock.
  void again(std::int64_t unix_ns) {
    if (first_ns_ > last_ns_) return;  // it has no times
    std::int64_t length = 0, moved = 0, end = 0;
    const bool past = !__builtin_sub_overflow(last_ns_, first_ns_, &length) && !__builtin_add_overflow(moved_ns_, length, &moved) &&
                      !__builtin_add_overflow(moved, step_ns, &moved) && !__builtin_add_overflow(last_ns_, moved, &end) && end <= unix_ns;
    moved_ns_ = past ? moved : 0;
  }

 private:
  std::int64_t first_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ns_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t moved_ns_ = 0;
};

}  // namespace tickcast::feed
