#pragma once
// What happens in a market, as one fixed-size record of one cache line. A source makes it, the sequencer numbers it,
// lanes carry it, shards encode it; it is never changed after it was numbered, and holds no pointer.
//
// The few things that do not fit (a trade's id, its conditions) travel as `note` records directly in front of their
// tick, so that the usual tick stays one line. See notes.hpp.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "wire/channel.hpp"
#include "wire/decimal.hpp"

namespace tickcast::wire {

enum class symbol_id : std::uint32_t {};  // dense, from 0, given by the symbol table; never reused
using sequence = std::uint64_t;           // the number within (symbol, channel), from 1 without holes

constexpr std::uint32_t index_of(symbol_id id) { return static_cast<std::uint32_t>(id); }

// The values are on file in journals: what is new goes to the end.
enum class record_kind : std::uint8_t {
  trade, quote, note, answer, book, status, stat, bar_1s, bar_1m, bar_5m, bar_15m, bar_1h, bar_1d,
};
enum class trade_side : std::uint8_t { unknown, buy, sell };
// A book tick changes levels; or it begins a book, which `more` ones of the same number complete.
enum class book_part : std::uint8_t { change, whole, more };
enum class market_state : std::uint8_t { trading, halted, auction, closed };

// What a tick of a bar tells of it. Once closed, a bar changes only when a trade comes late.
enum class bar_state : std::uint8_t { open, closed, revised };

inline constexpr std::size_t venue_max = 8;

// Trades that are no price of the market (odd lots, averages), and trades that were counted before: what bars leave out.
inline constexpr std::uint64_t no_price = 1, no_volume = 2;

struct trade_body {
  std::int64_t price;
  std::int64_t size;
  char venue[venue_max];  // zero-padded; empty when the feed names none
  std::uint64_t flags;    // no_price, no_volume
};

struct quote_body {
  std::int64_t bid;
  std::int64_t bid_size;
  std::int64_t ask;
  std::int64_t ask_size;
};

// Of bars and stats: mantissas. What else they have is in their note (bar_message.hpp).
struct bar_body {
  std::int64_t open;
  std::int64_t high;
  std::int64_t low;
  std::int64_t close;
};

struct status_body {
  market_state state;
  std::uint8_t reserved[31];
};

// The first of its levels; the others follow in its notes (wire/book_tick.hpp).
struct book_body {
  std::int64_t price;
  std::int64_t size;
  std::int64_t before;  // the size until then
  std::uint16_t asks;   // a bit for each level that is an ask
  std::uint8_t levels;  // how many there are
  book_part part;
  std::uint8_t reserved[4];
};

struct alignas(64) tick {
  symbol_id symbol;
  record_kind kind;
  union {
    trade_side side;             // of trades
    bar_state state;             // of bars
  };
  std::int8_t price_exponent;    // of every price in the body
  std::int8_t size_exponent;     // of every size in the body
  sequence n;
  std::int64_t venue_ns;         // Unix time the venue gave, or the time of receipt; of a bar its start
  std::int64_t arrived_ns;       // monotonic clock, when the bytes arrived: the start of tick-to-socket
  union {
    trade_body trade;
    quote_body quote;
    bar_body bar;
    status_body status;
    book_body book;
  };
};

static_assert(sizeof(tick) == 64 && alignof(tick) == 64 && std::is_trivially_copyable_v<tick>);

constexpr channel channel_of(record_kind kind) {
  switch (kind) {
    case record_kind::quote: return channel::quotes;
    case record_kind::book: return channel::book;
    case record_kind::status: return channel::status;
    case record_kind::stat: return channel::stats;
    case record_kind::bar_1s: return channel::bars_1s;
    case record_kind::bar_1m: return channel::bars_1m;
    case record_kind::bar_5m: return channel::bars_5m;
    case record_kind::bar_15m: return channel::bars_15m;
    case record_kind::bar_1h: return channel::bars_1h;
    case record_kind::bar_1d: return channel::bars_1d;
    default: return channel::trades;
  }
}

inline std::string_view venue_of(const trade_body& t) { return {t.venue, ::strnlen(t.venue, venue_max)}; }
inline std::int64_t micros(std::int64_t ns) { return ns / 1000; }

}  // namespace tickcast::wire
