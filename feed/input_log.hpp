#pragma once
// Tells the log of input that could not be taken, at most once a second per source however much of it comes: one in
// full, the others as a number. Counting is not its business.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

namespace tickcast::feed {

class input_log {
 public:
  explicit input_log(std::string feed) : feed_(std::move(feed)) {}

  // `origin`: the publisher's address, or empty. `mono_ns`: now.
  void bad(std::int64_t mono_ns, std::uint64_t line, std::string_view origin, std::string_view what) {
    ++since_;
    if (reported_ns_ && mono_ns - *reported_ns_ < pause_ns) return;
    spdlog::warn("feed {}: line {}{}{}: {}; skipped ({} since the last report)", feed_, line,
                 origin.empty() ? "" : " from ", origin, what, since_);
    reported_ns_ = mono_ns;
    since_ = 0;
  }

 private:
  static constexpr std::int64_t pause_ns = 1'000'000'000;

  const std::string feed_;
  std::optional<std::int64_t> reported_ns_;
  std::uint64_t since_ = 0;
};

}  // namespace tickcast::feed
