#pragma once
// The JSON encoding of market messages: one tick, one merge, one gap, each as an object without a frame around it.
// Called once per tick and shard, whoever listens.
#include <string_view>

#include "wire/merge.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

enum class gap_why : std::uint8_t { slow_consumer, feed, overflow };
inline constexpr std::size_t gap_why_count = 3;
std::string_view name_of(gap_why why);

// `notes`: the bytes of the tick's notes. `snapshot` marks it "snap":true.
void encode_json(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot = false);
// A merge of one is that tick, plainly.
void encode_json(text& to, std::string_view symbol, const merge& m);
void encode_json_merged(text& to, std::string_view symbol, const tick& newest, const extent& covered);
void encode_json_gap(text& to, std::string_view symbol, channel c, sequence first, sequence last, gap_why why);

}  // namespace tickcast::wire
