#pragma once
// One market message as whoever receives it reads it: a trade, a quote, a bar, statistics, a status, a book or a gap, plain,
// merged or of a snapshot. What it
// must be by itself is checked while it is read: the members it has to have and may not have, whole numbers, exact
// decimals, low ≤ open and last ≤ high. Whether it stands in its place is not known here (coverage.hpp).
#include <cstdint>
#include <string_view>

#include "wire/channel.hpp"
#include "wire/decimal.hpp"
#include "wire/encode_json.hpp"
#include "wire/json_reader.hpp"
#include "wire/symbols.hpp"

namespace tickcast::wire {

// The members that the protocol knows, as they stand in one message; keys that it does not know are passed over.
struct message_members {
  json_value e, s, n, t, p, q, o, h, l, v, f, k, b, bq, a, aq, side, id, x, c, i, rev, ch, pct, snap, why, channel, period, state, reason, sum;

  // False: no JSON object.
  bool read(std::string_view object);
};

enum class market_kind : std::uint8_t { trade, quote, gap, status, book, bar, stat };

struct market_message {
  market_kind kind = market_kind::trade;
  wire::channel channel = channel::trades;
  bool snapshot = false;
  bool merged = false;
  bool exact = true;  // every number of it fits `decimal`, so it can be compared
  gap_why why = gap_why::overflow;
  std::string_view symbol;
  sequence first = 0, last = 0;  // the numbers that it covers
  std::int64_t t_us = 0;
  decimal price, size;                // trades
  decimal open, high, low, volume;    // merged trades, bars, stats; these have their close as `price`
  std::uint64_t trades = 0;           // bars, stats
  bool closed = false, revised = false;  // bars
  bool conditions = false;            // of a trade: what it counts for depends on them
  std::uint64_t fingerprint = 0;      // of all that it says of its last number; equal messages have equal ones
  std::string_view bids, asks;        // books: lists of levels
  std::uint32_t sum = 0;

  // A level of the book that it leaves is part of what it says.
  void say(decimal level_price, decimal level_size);

  // What is wrong with it, or null. A gap of a channel that is not known here has no symbol then.
  const char* read(market_kind what, const message_members& m);

 private:
  const char* read_trade(const message_members& m);
  const char* read_quote(const message_members& m);
  const char* read_book(const message_members& m);
  const char* read_status(const message_members& m);
  const char* read_gap(const message_members& m);
  const char* read_view(const message_members& m);
  const char* read_bar(const message_members& m);
  const char* read_span(const message_members& m);
  const char* read_number(const json_value& from, decimal& to, const char* fault);
};

}  // namespace tickcast::wire
