#pragma once
// What whoever runs the tests may give them: TICKCAST_SEED repeats a run, TICKCAST_SEEDS makes it longer or shorter,
// TICKCAST_DATA is the folder of real market data, which otherwise is looked for beside the repository.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "tests/sanitizer.hpp"

namespace tickcast::given {

inline std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// How many of so many random rounds this build makes. Sanitizers cost a factor of ten, and where nothing runs in parallel
// there is next to nothing to find for the one that looks for races.
constexpr int rounds(int whole) {
  if (sanitized_by == sanitizer::thread) return whole / 20;
  if (sanitized_by == sanitizer::address) return whole / 5;
  return whole;
}

// Another one each time, and told, so that a failure can be repeated.
inline std::uint64_t seed() {
  const std::uint64_t value = number("TICKCAST_SEED", std::random_device{}());
  std::cout << "TICKCAST_SEED=" << value << '\n';
  return value;
}

inline std::filesystem::path data() {
  if (const char* const folder = std::getenv("TICKCAST_DATA")) return folder;
  return TICKCAST_SOURCE_DIR "/../shared/data";
}

}  // namespace tickcast::given
