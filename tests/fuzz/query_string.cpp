// Any bytes behind the '?' of a request. Besides not failing: what is taken can be written again and says the same, and
// what is refused is refused in a sentence.
#include "fanout/query_string.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "wire/json_reader.hpp"

namespace {

using namespace tickcast;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  std::string why;
  const auto made = fanout::query_string::parse(input, why);
  bool more = false;
  std::size_t length = 0;
  for (const std::string_view item : fanout::items_of(input, 8, more)) length += item.size() + 1;
  require(length <= input.size() + 1, "the items of a list are in it");
  if (!made) {
    require(!why.empty() && why.size() < 200, "a refusal is a sentence");
    return 0;
  }
  require(made->all().size() <= fanout::query_string::parameters_max, "there are not too many parameters");
  std::string again;
  for (const auto& [name, value] : made->all()) {
    require(!name.empty() && wire::is_utf8(name) && wire::is_utf8(value), "names and values are text");
    require((*made)[name] == value, "a value is found by its name");
    again += escaped(name) + '=' + escaped(value) + '&';
  }
  const auto second = fanout::query_string::parse(again, why);
  require(second && second->all() == made->all(), "what is written again says the same");
  return 0;
}
