#pragma once
// What a client offers in Sec-WebSocket-Protocol, and what we answer: the first of its list that is known here.
#include <optional>
#include <string_view>

#include "wire/encoding.hpp"

namespace tickcast::fanout {

inline constexpr std::array<std::string_view, wire::encoding_count> subprotocols{"tickcast.v1.json", "tickcast.v1.sbe"};

constexpr std::string_view subprotocol_of(wire::encoding e) { return subprotocols[wire::index_of(e)]; }

// Nothing: none of them is known.
constexpr std::optional<wire::encoding> choose_subprotocol(std::string_view offered) {
  while (!offered.empty()) {
    std::string_view item = offered.substr(0, offered.find(','));
    offered.remove_prefix(item.size() < offered.size() ? item.size() + 1 : offered.size());
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!item.empty() && blank(item.front())) item.remove_prefix(1);
    while (!item.empty() && blank(item.back())) item.remove_suffix(1);
    for (wire::encoding e : wire::all_encodings)
      if (item == subprotocol_of(e)) return e;
  }
  return std::nullopt;
}

}  // namespace tickcast::fanout
