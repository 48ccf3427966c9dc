#pragma once
// How long input may lie unread. Where shards let ticks gather anyway (`flush_us`), waking for each that comes buys nobody
// anything, and a wake-up is as dear as dozens of ticks. So the ingest thread looks at its sources at intervals then:
// short beside the window, as a tick that comes just before its end waits for the next one; not while ticks are rarer than
// that, when sleeping until one comes wakes less often; and no longer than a few hundred ticks take, so that a socket's
// buffer never fills meanwhile and a fast feed is read as it comes.
//
// It waits for nothing itself, and knows neither clock nor source.
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tickcast::feed {

class gathering {
 public:
  static constexpr std::int64_t part = 16;  // of the window
  static constexpr std::chrono::nanoseconds most = std::chrono::milliseconds{5};
  static constexpr std::uint64_t enough = 256;  // ticks: beyond it the wake-up is next to nothing

  // `window`: what shards wait; 0: input is never left lying.
  explicit gathering(std::chrono::nanoseconds window) : longest_ns_(std::min(window / part, most).count()) {}

  bool never() const { return longest_ns_ == 0; }

  // Everything has been read, `ticks` in all since the start. So long nobody needs to look again; 0: sleep until
  // something comes.
  std::int64_t pause_ns(std::uint64_t ticks, std::int64_t mono_ns) {
    const std::int64_t took = mono_ns - since_ns_;
    const std::uint64_t came = ticks - ticks_;
    since_ns_ = mono_ns;
    ticks_ = ticks;
    if (came == 0 || came > enough || took > 2 * longest_ns_) return 0;
    return std::min(longest_ns_, took * static_cast<std::int64_t>(enough) / static_cast<std::int64_t>(came));
  }

 private:
  const std::int64_t longest_ns_;
  std::int64_t since_ns_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace tickcast::feed
