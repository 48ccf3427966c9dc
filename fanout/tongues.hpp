#pragma once
// In which encodings those who listen to one stream want it: what nobody here listens in is not encoded.
#include <array>
#include <cstdint>

#include "wire/encoding.hpp"

namespace tickcast::fanout {

class tongues {
 public:
  void came(wire::encoding e) { ++listeners_[wire::index_of(e)]; }
  void went(wire::encoding e) { --listeners_[wire::index_of(e)]; }
  wire::encoding_set in_use() const {
    wire::encoding_set all;
    for (wire::encoding e : wire::all_encodings)
      if (listeners_[wire::index_of(e)]) all |= e;
    return all;
  }

 private:
  std::array<std::uint32_t, wire::encoding_count> listeners_{};
};

}  // namespace tickcast::fanout
