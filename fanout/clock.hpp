#pragma once
// The two clocks: monotonic for durations and deadlines, Unix time for what clients read. `clock` is a shard's own view
// of them: the machine's, unless somebody sets it, as a replay does, whose time is the one it was recorded at.
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

class clock {
 public:
  clock() = default;
  explicit clock(std::int64_t set_ns) : set_ns_(set_ns) {}

  std::int64_t mono_ns() const { return set_ns_ ? set_ns_ : fanout::mono_ns(); }
  std::int64_t unix_us() const { return set_ns_ ? set_ns_ / 1000 : fanout::unix_us(); }
  // From now on it stands at this time, never 0, until it is set again.
  void set(std::int64_t ns) { set_ns_ = ns; }

 private:
  std::int64_t set_ns_ = 0;
};

template <class Rep, class Period>
constexpr std::int64_t in_ns(std::chrono::duration<Rep, Period> d) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
}

}  // namespace tickcast::fanout
