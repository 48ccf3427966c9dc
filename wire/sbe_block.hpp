#pragma once
// SBE blocks with their headers, written where they are to lie, and taken off what came.
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include "wire/sbe_layout.hpp"
#include "wire/text.hpp"

namespace tickcast::wire::sbe {

// To make a block elsewhere and copy it costs four times as much: the copy reads in one piece what was written in several.
template <class Block, class... Fields>
char* put(char* to, Fields... fields) {
  ::new (to) header{sizeof(Block), Block::id, schema_id, schema_version};
  ::new (to + sizeof(header)) Block{fields...};
  return to + sizeof(header) + sizeof(Block);
}

template <class Block, class... Fields>
void add(text& to, Fields... fields) {
  to.wrote(put<Block>(to.room(sizeof(header) + sizeof(Block)), fields...));
}

inline char* put_string(char* to, std::string_view value) {
  *to++ = static_cast<char>(value.size());
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

// The block behind the header, taken off; false: it is shorter than this schema's, or cut.
template <class Block>
bool take(std::string_view& from, std::size_t length, Block& block) {
  if (length < sizeof block || from.size() < length) return false;
  std::memcpy(&block, from.data(), sizeof block);
  from.remove_prefix(length);
  return true;
}

inline bool take_string(std::string_view& from, std::string_view& to) {
  if (from.empty()) return false;
  const std::size_t length = static_cast<unsigned char>(from.front());
  if (from.size() < 1 + length) return false;
  to = from.substr(1, length);
  from.remove_prefix(1 + length);
  return true;
}

inline bool fits(number n) { return n.exponent <= decimal_exponent_limit && n.exponent >= -decimal_exponent_limit; }

template <class... Numbers>
bool all_fit(Numbers... numbers) {
  return (fits(numbers) && ...);
}

inline constexpr const char* cut_short = "it is cut short";
inline constexpr const char* bad_exponent = "a decimal's exponent is beyond 18";

}  // namespace tickcast::wire::sbe
