#pragma once
// How long things took, in microseconds, as a histogram: sixteen steps an octave, so a percentile is right within 7 %.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace tickcast::app {

class latency {
 public:
  void add(std::int64_t us) {
    least_ = count_ == 0 ? us : std::min(least_, us);
    most_ = std::max(most_, us);
    ++count_;
    ++steps_[step_of(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)))];
  }

  std::uint64_t count() const { return count_; }
  std::int64_t least() const { return least_; }
  std::int64_t most() const { return most_; }
  // The value below which this part of all lies.
  std::int64_t percentile(double part) const {
    auto left = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * part));
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (left <= steps_[i]) return std::min(end_of(i), most_);
      left -= steps_[i];
    }
    return most_;
  }

 private:
  static constexpr std::size_t fine = 16;

  static std::size_t step_of(std::uint64_t us) {
    if (us < fine) return us;
    const auto octave = static_cast<std::size_t>(std::bit_width(us)) - 5;  // us >> octave is from 16 to 31
    return std::min(steps - 1, (octave + 1) * fine + (us >> octave) - fine);
  }
  static std::int64_t end_of(std::size_t step) {
    if (step < fine) return static_cast<std::int64_t>(step);
    const std::size_t octave = step / fine - 1;
    return static_cast<std::int64_t>(((step % fine + fine + 1) << octave) - 1);
  }

  static constexpr std::size_t steps = 40 * fine;
  std::array<std::uint64_t, steps> steps_{};
  std::uint64_t count_ = 0;
  std::int64_t least_ = 0, most_ = 0;
};

}  // namespace tickcast::app
