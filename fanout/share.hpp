#pragma once
// What one session has of one channel, beside its subscriptions: how many they are, and what `*` means for it.
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>

#include "fanout/by_channel.hpp"
#include "wire/command.hpp"

namespace tickcast::fanout {

struct share {
  std::size_t streams = 0;
  std::optional<wire::delivery> all;                           // it has taken `*`, and how
  std::unique_ptr<std::unordered_set<std::uint32_t>> left_out;  // of that, by unsubscribe; null: nothing yet
};

using shares = by_channel<share>;

}  // namespace tickcast::fanout
