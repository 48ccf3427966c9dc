#pragma once
// The SBE encoding of market messages (tickcast.sbe.xml): one tick, one merge, one gap, each with its header. What the
// JSON says in text this says in place: the same numbers, and the time to the nanosecond.
//
// A tick's decimals go out as they are, zeros at the end of a fraction included: the value is the same.
#include <string_view>

#include "wire/encode_json.hpp"
#include "wire/merge.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

void encode_sbe(text& to, const tick& t, std::string_view notes, bool snapshot = false);
// A merge of one is that tick, plainly.
void encode_sbe(text& to, const merge& m);
void encode_sbe_gap(text& to, symbol_id symbol, channel c, sequence first, sequence last, gap_why why);

}  // namespace tickcast::wire
