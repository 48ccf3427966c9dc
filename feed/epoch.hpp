#pragma once
// Names one unbroken run of sequence numbers: random, so that no two runs anywhere share a name.
#include <cstdint>
#include <random>
#include <string>

#include <spdlog/fmt/fmt.h>

namespace tickcast::feed {

using epoch_id = std::uint64_t;

inline epoch_id new_epoch() {
  std::random_device random;
  return static_cast<epoch_id>(random()) << 32 | random();
}

inline std::string epoch_text(epoch_id epoch) { return fmt::format("{:016x}", epoch); }

}  // namespace tickcast::feed
