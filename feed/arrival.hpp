#pragma once
// The moment a chunk of input came in, on both clocks: Unix time for ticks whose feed gave none, monotonic time as the
// start of tick-to-socket. Read once per chunk or batch, not per tick: what arrived in one read arrived together.
#include <chrono>
#include <cstdint>

namespace tickcast::feed {

struct arrival {
  std::int64_t unix_ns = 0;
  std::int64_t mono_ns = 0;

  static arrival now() {
    using std::chrono::duration_cast, std::chrono::nanoseconds;
    return {duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count(),
            duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
  }
};

}  // namespace tickcast::feed
