#pragma once
// What a source hands to the sequencer: a tick that has everything but its number, the name of its symbol, and the
// strings that came with it. It is filled anew for each line and copied once, into the market state.
#include <string_view>
#include <vector>

#include "wire/book.hpp"
#include "wire/notes.hpp"
#include "wire/tick.hpp"

namespace tickcast::feed {

struct event {
  std::string_view name;  // empty: `tick.symbol` is already the right one (a source may keep the ids it has resolved)
  bool stamped = false;   // `tick.venue_ns` is the venue's; otherwise the sequencer takes the time of arrival
  wire::tick tick{};      // `n` and `arrived_ns` are the sequencer's to fill
  wire::notes notes;
  bool whole = false;                      // of a book: these are all levels there are
  std::vector<wire::level_change> levels;  // of a book, instead of the tick's body; its memory is kept
};

}  // namespace tickcast::feed
