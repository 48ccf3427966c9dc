#pragma once
// permessage-deflate (RFC 7692) outbound, without context takeover: each message is compressed by itself, so one
// compressor serves every session of a shard and none of them costs memory.
//
// Inbound is Beast's business. Window bits of 8 are not offered: zlib cannot do raw deflate with them.
#include <array>
#include <memory>
#include <string_view>

#include <zlib.h>

#include "wire/text.hpp"

namespace tickcast::wire {

// What was agreed with one client.
struct deflate_terms {
  bool on = false;
  bool named_bits = false;  // it asked for a window
  int server_bits = 15;     // the largest it allows us: 9…15
};

class deflater {
 public:
  deflater() = default;
  ~deflater();
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  // Appends the compressed message, without the trailing 00 00 FF FF that RFC 7692 drops.
  void compress(std::string_view message, int window_bits, text& to);

 private:
  static constexpr int least_bits = 9, most_bits = 15;
  std::array<std::unique_ptr<z_stream>, most_bits - least_bits + 1> streams_;  // made when first needed
};

// Chooses from a client's Sec-WebSocket-Extensions header the first offer that we can meet. What it returns is `on` or
// not; `canonical` is then the same offer rewritten to what we answer for (to be fed to the WebSocket library), so the
// terms are known exactly.
deflate_terms choose_deflate(std::string_view header, std::string& canonical);

}  // namespace tickcast::wire
