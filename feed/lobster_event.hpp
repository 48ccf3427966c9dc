#pragma once
// One line of a LOBSTER message file (time, type, order, size, price, direction) and one of its order book file (price and
// size of each level, asks and bids in turn), as they are written: whole numbers, prices in ten-thousandths of a dollar,
// times in seconds after midnight in New York.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/book.hpp"

namespace tickcast::feed {

inline constexpr std::int8_t lobster_exponent = -4;  // of prices

enum class lobster_kind : std::uint8_t {
  submission = 1, cancellation, deletion, execution, hidden_execution, cross, halt,
};

struct lobster_event {
  std::int64_t after_midnight_ns = 0;
  lobster_kind kind = lobster_kind::submission;
  std::int64_t order = 0, size = 0, price = 0;
  bool buy = false;  // the order's side
};

struct lobster_level {
  std::int64_t price = 0, size = 0;
  friend bool operator==(const lobster_level&, const lobster_level&) = default;
};

// The levels after an event, the best first; a side of fewer than there are columns has no more.
struct lobster_row {
  std::vector<lobster_level> bids, asks;
  std::size_t columns = 0;  // levels that the file has room for
  std::vector<lobster_level>& of(wire::book_side s) { return s == wire::book_side::bid ? bids : asks; }
  const std::vector<lobster_level>& of(wire::book_side s) const { return s == wire::book_side::bid ? bids : asks; }
};

// What is wrong with the line, or null.
const char* read_lobster_event(std::string_view line, lobster_event& to);
const char* read_lobster_row(std::string_view line, lobster_row& to);

// What the name of a message file says, SYMBOL_YYYY-MM-DD_FROM_TO_message_LEVELS.csv, and where the book file is.
struct lobster_name {
  std::string symbol, date, book_path;
};
lobster_name lobster_name_of(const std::string& message_path);

// Midnight in New York on a day written YYYY-MM-DD, by the rules for daylight saving time since 1987. Nothing: no such day.
std::optional<std::int64_t> new_york_midnight_ns(std::string_view date);

}  // namespace tickcast::feed
