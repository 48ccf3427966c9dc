// Two texts, split at the first space: what can be read is written and read again as the same number, and order and sum
// agree with each other.
#include "wire/decimal.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "wire/json_reader.hpp"

namespace {

using namespace tickcast::wire;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::optional<decimal> read(std::string_view text) {
  const auto value = parse_decimal(text);
  json_value json;
  const bool number = json_parse(text, json) && json.is(json_kind::number) && json.raw.size() == text.size();
  require(!value || number, "what it reads is a JSON number");
  if (!value) return std::nullopt;
  char room[decimal_text_max];
  const char* end = write_decimal(room, value->mantissa, value->exponent);
  require(end <= room + sizeof room, "it fits the longest text");
  const std::string_view written{room, static_cast<std::size_t>(end - room)};
  require(written.find_first_of("eE+") == written.npos, "it is written without an exponent");
  require(parse_decimal(written) == value, "what was written is read as the same form");
  require(normal(*value) == *value, "it has its one form");
  return value;
}

decimal minus(decimal d) { return {-d.mantissa, d.exponent}; }

void check_pair(decimal a, decimal b) {
  const int order = compare(a, b);
  require(order == -compare(b, a), "order is the same from both sides");
  require((order == 0) == (a == b), "equal numbers have one form");
  require(compare(minus(a), minus(b)) == -order, "order turns about with the signs");
  decimal x = a, y = b;
  if (align(x, y)) {
    require(x.exponent == y.exponent, "aligned is on one exponent");
    require(compare(x, a) == 0 && compare(y, b) == 0, "and still the same numbers");
  } else {
    require(x == a && y == b, "what cannot be aligned is left alone");
  }
  const auto same = add(a, {});
  require(same && compare(*same, a) == 0, "zero can be added to anything");
  const auto sum = add(a, b);
  require(sum == add(b, a), "the sum does not depend on the order");
  if (!sum) return;
  require(compare(*sum, a) == compare(b, {}), "adding moves it by the sign of what was added");
  const auto back = add(*sum, minus(b));
  require(back && compare(*back, a) == 0, "what was added can be taken away again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t at = input.find(' ');
  const auto a = read(input.substr(0, at));
  const auto b = at == input.npos ? std::optional{decimal{}} : read(input.substr(at + 1));
  if (a && b) check_pair(*a, *b);
  return 0;
}
