#pragma once
// The channels a client can subscribe to. A new channel is added here, gets an encoding in encode_json, and state
// in the sequencer; everything between them is indexed by `channel` and knows no names.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcast::wire {

enum class channel : std::uint8_t { trades, quotes };

inline constexpr std::size_t channel_count = 2;
inline constexpr std::array<std::string_view, channel_count> channel_names{"trades", "quotes"};
inline constexpr std::array<channel, channel_count> all_channels{channel::trades, channel::quotes};

constexpr std::size_t index_of(channel c) { return static_cast<std::size_t>(c); }
constexpr std::string_view name_of(channel c) { return channel_names[index_of(c)]; }

constexpr std::optional<channel> channel_named(std::string_view name) {
  for (channel c : all_channels)
    if (name_of(c) == name) return c;
  return std::nullopt;
}

}  // namespace tickcast::wire
