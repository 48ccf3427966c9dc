#pragma once
// When something recorded is due: as long after the first of it as it was then, by a clock that may run faster. Nothing
// waits here; the source does.
#include <algorithm>
#include <cstdint>

namespace tickcast::feed {

class pace {
 public:
  explicit pace(double speed) : speed_(speed) {}

  bool at_once() const { return speed_ == 0; }

  // On the monotonic clock; `recorded_ns` on the recording's. The first that is asked for is due now.
  std::int64_t due(std::int64_t recorded_ns, std::int64_t mono_ns) {
    if (!begun_) {
      begun_ = true;
      first_ns_ = recorded_ns;
      base_ns_ = mono_ns;
    }
    // Bounded, so that a nonsense time in a file is a long wait and not an overflow.
    constexpr double wait_max_ns = 1e17;
    const double offset = (static_cast<double>(recorded_ns) - static_cast<double>(first_ns_)) / speed_;
    return base_ns_ + static_cast<std::int64_t>(std::clamp(offset, 0.0, wait_max_ns));
  }
  void restart() { begun_ = false; }

 private:
  const double speed_;
  bool begun_ = false;
  std::int64_t base_ns_ = 0, first_ns_ = 0;
};

}  // namespace tickcast::feed
