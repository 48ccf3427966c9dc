#include "wire/json_member.hpp"

namespace tickcast::wire {

json_value json_member(std::string_view object, std::string_view key) {
  json_walk walk{object};
  while (walk.next())
    if (walk.key() == key) return walk.value();
  return {};
}

std::string json_text(std::string_view object, std::string_view key) {
  std::string out;
  const json_value value = json_member(object, key);
  if (value.is(json_kind::string) && !json_unescape(value.raw, out)) out.clear();
  return out;
}

bool json_count(const json_value& value, std::uint64_t& to) {
  std::int64_t n = 0;
  if (!json_integer(value, n) || n < 0) return false;
  to = static_cast<std::uint64_t>(n);
  return true;
}

}  // namespace tickcast::wire
