#pragma once
// The fixed parts of the messages of tickcast.sbe.xml as they lie in memory: written in place, and read by one copy. The
// schema is what counts; a test holds each offset here against it.
//
// Little-endian, as the schema says and as every machine is that this is built for.
#include <bit>
#include <cstddef>
#include <cstdint>

#include "wire/decimal.hpp"

namespace tickcast::wire::sbe {

static_assert(std::endian::native == std::endian::little, "blocks are copied as they lie in memory");

inline constexpr std::uint16_t schema_id = 1, schema_version = 0;

enum class template_id : std::uint16_t {
  trade = 1, merged_trade, quote, merged_quote, gap, bar, book_snapshot, book_change, stat, status = 11,
};

inline constexpr std::uint8_t snapshot_flag = 1, closed_flag = 2, revised_flag = 4;

struct [[gnu::packed]] header {
  std::uint16_t block_length;
  template_id message;
  std::uint16_t schema;
  std::uint16_t version;
};

struct [[gnu::packed]] number {
  std::int64_t mantissa;
  std::int8_t exponent;
};
constexpr number number_of(decimal d) { return {d.mantissa, d.exponent}; }
constexpr decimal decimal_of(number n) { return {n.mantissa, n.exponent}; }

template <std::size_t Bytes>
struct unused {
  std::uint8_t zeros[Bytes];
};

struct [[gnu::packed]] trade_block {
  static constexpr template_id id = template_id::trade;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint8_t flags;
  std::uint8_t side;
  unused<2> none;
  number price, size;
  unused<1> rest;
};

struct [[gnu::packed]] merged_trade_block {
  static constexpr template_id id = template_id::merged_trade;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint32_t count;
  std::uint64_t first;
  number price, size, open, high, low, volume;
  unused<2> rest;
};

struct [[gnu::packed]] quote_block {
  static constexpr template_id id = template_id::quote;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint8_t flags;
  unused<3> none;
  number bid, bid_size, ask, ask_size;
};

struct [[gnu::packed]] merged_quote_block {
  static constexpr template_id id = template_id::merged_quote;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint32_t count;
  std::uint64_t first;
  number bid, bid_size, ask, ask_size;
};

struct [[gnu::packed]] gap_block {
  static constexpr template_id id = template_id::gap;
  std::uint64_t sequence;
  std::uint64_t first;
  std::uint32_t symbol;
  std::uint8_t channel;
  std::uint8_t reason;
  unused<2> rest;
};

struct [[gnu::packed]] bar_block {
  static constexpr template_id id = template_id::bar;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint8_t flags;
  std::uint8_t period;
  unused<2> none;
  std::uint64_t first;
  std::uint64_t trades;
  number open, high, low, close, volume;
  unused<3> rest;
};

struct [[gnu::packed]] stat_block {
  static constexpr template_id id = template_id::stat;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint8_t flags;
  unused<3> none;
  std::uint64_t trades;
  number open, high, low, close, volume, change, percent;
  unused<1> rest;
};

// Bids and asks follow, each as a group of levels.
struct [[gnu::packed]] book_snapshot_block {
  static constexpr template_id id = template_id::book_snapshot;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint32_t sum;
  std::uint64_t first;
};
struct [[gnu::packed]] book_change_block {
  static constexpr template_id id = template_id::book_change;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint32_t sum;
  std::uint64_t first;
};
static_assert(sizeof(book_snapshot_block) == sizeof(book_change_block));
struct [[gnu::packed]] book_group_size {
  std::uint16_t block_length;
  std::uint16_t count;
};
struct [[gnu::packed]] book_level {
  number price, size;
};

// Its reason follows, as a string.
struct [[gnu::packed]] status_block {
  static constexpr template_id id = template_id::status;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t symbol;
  std::uint8_t flags;
  std::uint8_t state;
  unused<2> none;
  std::uint64_t first;
};

// In front of a trade's conditions, each of which is its length in a byte and its text; venue and id follow in that form.
struct [[gnu::packed]] group_size {
  std::uint16_t block_length;
  std::uint8_t count;
};

}  // namespace tickcast::wire::sbe
