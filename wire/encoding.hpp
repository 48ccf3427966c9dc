#pragma once
// In which form market messages reach a client: chosen once, when it connects, by the WebSocket's subprotocol. An encoding
// turns a tick, a merge or a gap into bytes; what wraps them for the wire is a framing's business, so the two add up
// instead of multiplying. Control messages are JSON in any case.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/book_message.hpp"
#include "wire/encode_json.hpp"
#include "wire/encode_sbe.hpp"

namespace tickcast::wire {

enum class encoding : std::uint8_t { json, sbe };
inline constexpr std::size_t encoding_count = 2;
inline constexpr std::array<std::string_view, encoding_count> encoding_names{"json", "sbe"};
inline constexpr std::array<encoding, encoding_count> all_encodings{encoding::json, encoding::sbe};

constexpr std::size_t index_of(encoding e) { return static_cast<std::size_t>(e); }

constexpr std::optional<encoding> encoding_named(std::string_view name) {
  for (encoding e : all_encodings)
    if (encoding_names[index_of(e)] == name) return e;
  return std::nullopt;
}

// Those that somebody listens in.
class encoding_set {
 public:
  constexpr encoding_set() = default;
  constexpr encoding_set(encoding e) : bits_(static_cast<std::uint8_t>(1u << index_of(e))) {}
  constexpr bool has(encoding e) const { return bits_ >> index_of(e) & 1; }
  constexpr encoding_set& operator|=(encoding_set other) {
    bits_ |= other.bits_;
    return *this;
  }

 private:
  std::uint8_t bits_ = 0;
};

inline void encode(encoding as, text& to, std::string_view symbol, const tick& t, std::string_view notes,
                   bool snapshot = false) {
  as == encoding::json ? encode_json(to, symbol, t, notes, snapshot) : encode_sbe(to, t, notes, snapshot);
}
inline void encode(encoding as, text& to, std::string_view symbol, const merge& m) {
  as == encoding::json ? encode_json(to, symbol, m) : encode_sbe(to, m);
}
inline void encode(encoding as, text& to, std::string_view symbol, const book_message& m) {
  as == encoding::json ? encode_json_book(to, symbol, m) : encode_sbe_book(to, m);
}
inline void encode_gap(encoding as, text& to, std::string_view name, symbol_id symbol, channel c, sequence first,
                       sequence last, gap_why why) {
  as == encoding::json ? encode_json_gap(to, name, c, first, last, why) : encode_sbe_gap(to, symbol, c, first, last, why);
}

}  // namespace tickcast::wire
