#pragma once
// A token bucket: so many commands a second, so many at once.
#include <algorithm>
#include <cstdint>

namespace tickcast::fanout {

class bucket {
 public:
  bucket(double per_s, double size, std::int64_t now_ns) : per_s_(per_s), size_(size), tokens_(size), at_ns_(now_ns) {}

  bool take(std::int64_t now_ns) {
    tokens_ = std::min(size_, tokens_ + static_cast<double>(now_ns - at_ns_) * 1e-9 * per_s_);
    at_ns_ = now_ns;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_s_, size_, tokens_;
  std::int64_t at_ns_;
};

}  // namespace tickcast::fanout
