#pragma once
// Bars and stats on their way: a tick whose body has the four prices, and a note with all else. It is packed where bars
// are built, and told in JSON or SBE to who asked for it; what SBE says can be packed again.
#include <cstdint>
#include <string_view>

#include "wire/notes.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct sbe_message;

struct bar_figures {
  decimal open, high, low, close, volume;
  std::uint64_t trades = 0;
  sequence first = 0;
  decimal change, percent;  // of stats: against the session before
};

// How far a price has come from another, and that in per cent, rounded to four decimals; both 0 where it cannot be told.
void change_of(decimal price, decimal from, decimal& change, decimal& percent);

void pack(const bar_figures& from, tick& t, notes& with);
bar_figures unpack(const tick& t, std::string_view notes);

void encode_json_view(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot);
void encode_sbe_view(text& to, const tick& t, std::string_view notes, bool snapshot);

// The block behind its header, taken off `from`. Null, or what is wrong with it.
const char* decode_sbe_bar(std::string_view& from, std::size_t length, sbe_message& to);
const char* decode_sbe_stat(std::string_view& from, std::size_t length, sbe_message& to);

}  // namespace tickcast::wire
