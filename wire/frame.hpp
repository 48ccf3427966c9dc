#pragma once
// RFC 6455 frames as a server writes them: unmasked, whole (FIN set). The header is written in front of a payload that
// is already there, so that a frame is built in one pass without knowing its length first.
#include <cstddef>
#include <cstdint>

namespace tickcast::wire {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

inline constexpr std::size_t frame_header_max = 10;

// Writes the header so that it ends at `payload`; returns where it begins, at most `frame_header_max` before.
inline char* write_frame_header(char* payload, std::uint64_t length, opcode op, bool deflated) {
  const auto extended = [&](int bytes) {
    for (int i = 0; i < bytes; ++i) *--payload = static_cast<char>(length >> (8 * i) & 0xFF);
  };
  if (length < 126) {
    *--payload = static_cast<char>(length);
  } else if (length < 65536) {
    extended(2);
    *--payload = 126;
  } else {
    extended(8);
    *--payload = 127;
  }
  *--payload = static_cast<char>(0x80 | (deflated ? 0x40 : 0) | static_cast<int>(op));
  return payload;
}

}  // namespace tickcast::wire
