#pragma once
// One line of newline-delimited JSON to one event: {"e":"trade","s":"AAPL","t":…,"p":189.34,"q":100} and the same for
// quotes, books and status. One pass over the line, numbers from their text to exact decimals, nothing allocated once warm; what is
// wrong with a bad line is told as a sentence that names the key.
//
// Keys that it does not know are left alone, null is the same as absent, the last of equal keys counts.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feed/event.hpp"
#include "wire/decimal.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::feed {

enum class decoded : std::uint8_t {
  event,
  bad,
};

class ndjson {
 public:
  // On `event`, `into` is filled; its name is valid until the next call, and not longer than `line`.
  decoded decode(std::string_view line, event& into);

  // After `bad`: what is wrong.
  std::string_view why() const { return why_; }

 private:
  struct members;
  bool trade(const members& from, event& into);
  bool quote(const members& from, event& into);
  bool book(const members& from, event& into);
  bool levels(std::string_view key, const wire::json_value& from, wire::book_side side, event& into);
  bool status(const members& from, event& into);
  bool name(const members& from, event& into);
  bool time(const members& from, event& into);
  bool venue(const members& from, wire::trade_body& into);
  bool notes(const members& from, wire::notes& into);
  bool decimal(std::string_view key, const wire::json_value& from, wire::decimal& to);
  bool size(std::string_view key, const wire::json_value& from, wire::decimal& to);
  bool fail(std::string_view key, std::string_view what);

  std::string why_;
  std::vector<wire::decimal> prices_;  // of one side, in order
  std::string name_, other_;  // strings without their escapes; members, so that their memory is kept
};

}  // namespace tickcast::feed
