#pragma once
// What a client is told of a book: all of its best levels, or those that have changed among them. A message stands for the
// numbers `first` … `last`: what changes below the depth that a client sees is told to it with the next thing it sees.
// Whoever merely applies such messages always has exactly the best levels, and `sum` is the checksum of these.
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/book.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

struct sbe_message;

struct book_message {
  symbol_id symbol{};
  sequence first = 0, last = 0;
  std::int64_t venue_ns = 0;
  bool snapshot = false;    // replaces the book; otherwise a size of 0 removes a level
  std::uint32_t sum = 0;
  std::vector<level> bids, asks;  // the best first

  std::vector<level>& of(book_side s) { return s == book_side::bid ? bids : asks; }
  const std::vector<level>& of(book_side s) const { return s == book_side::bid ? bids : asks; }
};

// The best `depth` levels of each side. The checksum, the numbers and the time are the caller's.
void show(const book& now, std::size_t depth, book_message& to);

// No longer than this as JSON, the name aside.
std::size_t json_bytes_max(const book_message& m);
void encode_json_book(text& to, std::string_view symbol, const book_message& m);
void encode_sbe_book(text& to, const book_message& m);
// The message behind its header, `length` the block's. Null, or what is wrong with it.
const char* decode_sbe_book(std::string_view& from, std::size_t length, sbe_message& to);

}  // namespace tickcast::wire
