#pragma once
// Cache lines that somebody will need soon: a few ranges, to be fetched while something else is done.
#include <array>
#include <cstddef>
#include <cstdint>

namespace tickcast::fanout {

class hot_lines {
 public:
  hot_lines() = default;
  hot_lines(const void* begin, std::size_t size) { add(begin, size); }

  void add(const void* begin, std::size_t size) {
    if (used_ < ranges_.size()) ranges_[used_++] = {static_cast<const char*>(begin), static_cast<std::uint32_t>(size)};
  }
  void fetch() const {
    for (std::size_t i = 0; i < used_; ++i)
      for (std::uint32_t at = 0; at < ranges_[i].size; at += 64) __builtin_prefetch(ranges_[i].begin + at, 1);
  }

 private:
  struct range {
    const char* begin = nullptr;
    std::uint32_t size = 0;
  };
  std::array<range, 5> ranges_{};
  std::uint32_t used_ = 0;
};

}  // namespace tickcast::fanout
