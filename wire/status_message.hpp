#pragma once
// Whether a symbol is traded: a tick of the channel `status`, its state in the body and its reason as a note. What it is
// called, how it is told in both encodings, and how it is read back. Merged, the newest counts, with its reason.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/merge.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct sbe_message;

inline constexpr std::array<std::string_view, 4> market_state_names{"trading", "halted", "auction", "closed"};
inline constexpr std::size_t reason_max = 200;  // bytes

constexpr std::string_view name_of(market_state s) { return market_state_names[static_cast<std::size_t>(s)]; }
std::optional<market_state> market_state_named(std::string_view name);

// `covered`: of a merged one what it stands for.
void encode_json_status(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot,
                        const extent& covered = {});
void encode_sbe_status(text& to, const tick& t, std::string_view notes, bool snapshot, const extent& covered = {});
// The message behind its header, `length` the block's. Null, or what is wrong with it.
const char* decode_sbe_status(std::string_view& from, std::size_t length, sbe_message& to);

}  // namespace tickcast::wire
