#pragma once
// The simulator's dice: xoshiro256++ seeded by splitmix64, and the few distributions it needs. The standard ones give
// other numbers with another library; here the same seed is the same market everywhere.
#include <cmath>
#include <cstdint>

namespace tickcast::feed {

class random {
 public:
  explicit random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      std::uint64_t z = seed += 0x9E3779B97F4A7C15;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
      z = (z ^ z >> 27) * 0x94D049BB133111EB;
      word = z ^ z >> 31;
    }
  }

  std::uint64_t bits() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // 0 … below - 1; below must not be 0.
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>((bits() >> 32) * limit >> 32); }
  // 0 ≤ x < 1
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  bool chance(double probability) { return uniform() < probability; }
  // Bell-shaped, mean 0, deviation 1, never beyond ±3.5: the sum of four 16-bit uniforms.
  double bell() {
    const std::uint64_t b = bits();
    const auto sum = static_cast<double>((b & 0xFFFF) + (b >> 16 & 0xFFFF) + (b >> 32 & 0xFFFF) + (b >> 48));
    return (sum - 2 * 65535.0) / 37837.2;
  }
  // Mostly small, sometimes large.
  double exponential(double mean) { return -mean * std::log(1.0 - uniform()); }

 private:
  static std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }

  std::uint64_t state_[4];
};

}  // namespace tickcast::feed
