#pragma once
// The two clocks: monotonic for durations and deadlines, Unix time for what clients read.
#include <chrono>
#include <cstdint>

namespace tickcast::fanout {

inline std::int64_t mono_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <class Rep, class Period>
constexpr std::int64_t in_ns(std::chrono::duration<Rep, Period> d) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
}

}  // namespace tickcast::fanout
