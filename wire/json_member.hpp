#pragma once
// One member of a JSON object, for readers of messages that come rarely: each call goes through the object anew.
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/json_reader.hpp"

namespace tickcast::wire {

// The member `key` of an object; `raw` is empty when it has none.
json_value json_member(std::string_view object, std::string_view key);
// Its content if it is a string, else nothing.
std::string json_text(std::string_view object, std::string_view key);
// False: it is no whole number from 0 on.
bool json_count(const json_value& value, std::uint64_t& to);

}  // namespace tickcast::wire
