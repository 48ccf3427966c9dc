#include "feed/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tickcast::feed {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected

// table[k][b]: what byte b does to the sum when k bytes follow it.
constexpr auto table = [] {
  std::array<std::array<std::uint32_t, 256>, 8> made{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t sum = b;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) ? polynomial : 0);
    made[0][b] = sum;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) made[k][b] = (made[k - 1][b] >> 8) ^ made[0][made[k - 1][b] & 0xff];
  return made;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const void* from, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(from);
  std::uint64_t sum = 0xffffffff;
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    sum = _mm_crc32_u64(sum, word);
  }
  auto rest = static_cast<std::uint32_t>(sum);
  for (; size > 0; ++at, --size) rest = _mm_crc32_u8(rest, *at);
  return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(const void* from, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(from);
  std::uint32_t sum = 0xffffffff;
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= sum;
    sum = 0;
    for (std::size_t k = 0; k < 8; ++k) sum ^= table[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; size > 0; ++at, --size) sum = (sum >> 8) ^ table[0][(sum ^ *at) & 0xff];
  return ~sum;
}

std::uint32_t crc32c(const void* from, std::size_t size) {
#if defined(__x86_64__)
  static const bool has_it = __builtin_cpu_supports("sse4.2") != 0;
  if (has_it) return by_instruction(from, size);
#endif
  return crc32c_by_table(from, size);
}

}  // namespace tickcast::feed
