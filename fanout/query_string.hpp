#pragma once
// What stands behind the '?' of a request: names and values, percent-decoded. It says whether it can be read at all;
// what a value means is its reader's business.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickcast::fanout {

class query_string {
 public:
  static constexpr std::size_t parameters_max = 32;

  // As in a URL: `a=1&b=%41`, '+' is a space; empty parts are left out. Not readable: half an escape, no name, a name given
  // twice, text that is not UTF-8 or has control characters, too many.
  static std::optional<query_string> parse(std::string_view text, std::string& why);

  // Empty when it was not given, or given empty.
  std::string_view operator[](std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

// The whole number that a value is; nothing if it is none.
std::optional<std::int64_t> whole_number(std::string_view text);

// The first `most` items of a list by commas, empty ones left out; `more` says whether there were others.
std::vector<std::string_view> items_of(std::string_view list, std::size_t most, bool& more);

}  // namespace tickcast::fanout
