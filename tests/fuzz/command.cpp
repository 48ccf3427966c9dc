// Any bytes as a client's frame: an object, or an array of them. Besides not failing: what a command refers to stays
// within the frame, an id is echoed as written, and an error message is text that can be sent.
#include "wire/command.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "wire/json_reader.hpp"
#include "wire/message.hpp"
#include "wire/text.hpp"

namespace {

using namespace tickcast::wire;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_id(std::string_view id, std::string_view input) {
  if (id.empty()) return;
  require(is_within(id, input), "an id is a slice of the input");
  json_value value;
  require(json_parse(id, value), "an id is JSON");
  std::int64_t number = 0;
  std::string content;
  require(json_integer(value, number) || (value.is(json_kind::string) && json_unescape(id, content) &&
                                          utf8_length(content) <= command_id_max),
          "an id is an integer or a short string");
}

void check_command(const command& c, std::string_view input) {
  check_id(c.id, input);
  require(c.op != operation::unknown, "a command has an operation");
  require(!c.all || c.symbols.empty(), "all, or these");
  if (c.op == operation::subscribe || c.op == operation::unsubscribe)
    require(c.all || !c.symbols.empty(), "all, or at least one");
  for (std::string_view name : c.symbols) require(is_utf8(name) || !is_utf8(input), "a name is UTF-8 when the input is");
  require(c.delivery.interval_ms <= interval_max_ms, "an interval is within its limit");
  require(c.delivery.mode == delivery_mode::latest || c.delivery.interval_ms == 0, "only `latest` has an interval");
  require(c.history <= history_max, "a history is within its limit");
  require(c.resume || c.resume_from.empty(), "no place to resume from unless asked");
  if (c.op != operation::echo) return;
  json_value data;
  require(json_parse(c.data, data), "echoed data is JSON");
}

void check_error(const command_error& e, std::string_view input) {
  check_id(e.id, input);
  require(!e.message.empty(), "an error says what is wrong");
  require(e.message.size() < 300, "and is short");
  if (!is_utf8(input)) return;
  require(is_utf8(e.message), "a message is UTF-8 when the input is");
  text answer;
  add_error(answer, e);
  json_value value;
  require(json_parse(answer.view(), value) && is_utf8(answer.view()), "its answer can be sent");
}

void check(const json_value& value, std::string_view input) {
  const auto result = read_command(value);
  if (const auto* error = std::get_if<command_error>(&result)) {
    check_error(*error, input);
  } else {
    check_command(std::get<command>(result), input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  json_value value;
  if (!json_parse(input, value)) return 0;
  if (!value.is(json_kind::array)) return check(value, input), 0;
  json_walk items{value.raw};
  while (items.next()) check(items.value(), input);
  require(items.ok(), "what parses can be walked");
  return 0;
}
