// WebSocket frames as a client meets them: unmasked in, masked out. Not: extensions, fragments reassembled (a text frame that is
// only a part is reported as such by `fin`).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

struct ws_frame {
  enum code : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

  std::uint8_t opcode = 0;
  bool fin = false;
  std::string_view payload;

  enum class verdict { whole, more, bad };

  // Takes one frame off the front of `bytes`, if it is there whole.
  static verdict take(std::string_view& bytes, ws_frame& frame) {
    if (bytes.size() < 2) return verdict::more;
    auto octet = [&](std::size_t i) { return std::uint8_t(bytes[i]); };
    if ((octet(0) & 0x70) || (octet(1) & 0x80)) return verdict::bad; // no extension was negotiated; servers do not mask
    std::uint64_t size = octet(1);
    std::size_t head = 2;
    if (size >= 126) {
      std::size_t digits = size == 126 ? 2 : 8;
      if (bytes.size() < 2 + digits) return verdict::more;
      size = 0;
      for (; head < 2 + digits; ++head) size = size << 8 | octet(head);
    }
    if (bytes.size() - head < size) return verdict::more;
    frame.opcode = octet(0) & 0x0f;
    frame.fin = octet(0) & 0x80;
    frame.payload = bytes.substr(head, size);
    bytes.remove_prefix(head + size);
    return verdict::whole;
  }

  // A whole masked frame; the mask is zero, which is legal and leaves the payload readable in a dump.
  static std::string masked(std::uint8_t opcode, std::string_view payload) {
    std::string out;
    out.push_back(char(0x80 | opcode));
    if (payload.size() < 126) out.push_back(char(0x80 | payload.size()));
    else {
      out.push_back(char(0x80 | 126));
      out.push_back(char(payload.size() >> 8));
      out.push_back(char(payload.size()));
    }
    out.append(4, '\0');
    return out.append(payload);
  }
};

} // namespace bench
