// A histogram of latencies in microseconds with 1/64 relative resolution, in plain memory of one thread; summed at the end.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace bench {

class latency {
public:
  void add(std::int64_t us) {
    if (us < 0) { ++negative_; us = 0; } // clocks stepped: reported, not hidden
    ++buckets_[bucket(std::uint64_t(us))];
    ++count_;
    max_ = std::max(max_, us);
  }

  void add(const latency& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    negative_ += other.negative_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t negative() const { return negative_; }
  std::int64_t max() const { return max_; }

  // The upper edge of the bucket in which the q-th part of all lies; never more than the maximum.
  std::int64_t quantile(double q) const {
    if (count_ == 0) return 0;
    auto rank = std::uint64_t(q * double(count_ - 1)) + 1;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank) return std::min(max_, std::int64_t(upper_edge(i)));
    }
    return max_;
  }

private:
  static constexpr unsigned bits = 6; // 64 steps per doubling

  static std::size_t bucket(std::uint64_t v) {
    if (v < (1u << bits)) return v;
    unsigned shift = unsigned(std::bit_width(v)) - bits - 1;
    return std::min<std::size_t>((std::size_t(shift) << bits) + (v >> shift), size - 1);
  }
  static std::uint64_t upper_edge(std::size_t i) {
    if (i < (2u << bits)) return i;
    unsigned shift = unsigned(i >> bits) - 1;
    return (((i & ((1u << bits) - 1)) + (1u << bits) + 1) << shift) - 1;
  }

  static constexpr std::size_t size = 34u << bits; // up to about 2^39 µs
  std::array<std::uint64_t, size> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t negative_ = 0;
  std::int64_t max_ = 0;
};

} // namespace bench
