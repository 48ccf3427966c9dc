#pragma once
// How a shard asks the sequencer for a stream, and what comes back. A request rides to the sequencer on its inbox; the
// answer is immutable and comes back in the asking shard's lane, so it stands at exactly its place among the ticks:
// what was sequenced before it is before it in the lane, what comes after is after. That is why snapshots need no lock.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wire/book.hpp"
#include "wire/channel.hpp"
#include "wire/excerpt.hpp"

namespace tickcast::wire {

using ticket = std::uint64_t;  // names a request; the shard's own, never 0

// One stream that a shard asks for. `name` is only used when the symbol is to be opened (id not yet known).
struct wanted {
  symbol_id symbol{};
  std::string name;
  std::optional<sequence> after;  // resume: what came after this number, if all of it is kept; else the snapshot comes
};
inline constexpr sequence of_another_epoch = ~sequence{0};  // an `after` that nothing can come after

enum class request_kind : std::uint8_t {
  open,   // from now on the shard wants these streams' ticks; answer with their state
  close,  // it does not want them any more; no answer
};

struct request {
  request_kind kind = request_kind::open;
  std::uint32_t shard = 0;
  ticket number = 0;
  wire::channel channel = channel::trades;
  std::vector<wanted> streams;
  std::uint32_t history = 1;  // ticks in the snapshot, as far as they are kept; 0: none
  // `*`: every symbol there is (the answer lists them all, in the order of their ids; `streams` says from where some of
  // them go on), and every one named later is open for this shard from its first tick on. In `close`: no more of those
  // named later.
  bool all = false;
};

// A whole book as it was after the stream's last tick; many answers share it.
struct book_copy {
  book levels;
  std::int64_t venue_ns = 0;
};

struct stream_state {
  symbol_id symbol{};
  bool opened = true;            // false: the table is full, the symbol could not be named
  bool recovered = false;        // the ticks are what came after `wanted::after`, all of it; else a snapshot
  sequence last = 0;             // number of the last tick, 0: none yet
  sequence lost = 0;             // of a view, when it is mended: ends of bars up to this number cannot be had any more
  excerpt ticks;
  std::shared_ptr<const book_copy> book;  // of the channel `book`, once there is one
};

inline constexpr ticket no_ticket = 0;

// An answer that nobody asked for (`no_ticket`) brings what the lane had no room for: the ticks that this shard missed of
// these streams, as far as they are still kept, to be taken as if they came now. Of a book whose ticks are not all kept
// any more it brings the whole.
struct answer {
  ticket number = no_ticket;
  wire::channel channel = channel::trades;
  std::vector<stream_state> streams;  // in the order of the request
};

}  // namespace tickcast::wire
