#include "wire/command.hpp"

#include <array>
#include <optional>

#include "wire/symbols.hpp"

namespace tickcast::wire {
namespace {

constexpr std::array<std::string_view, operation_count> operation_names{"subscribe", "unsubscribe", "list",   "auth",
                                                                       "ping",      "echo",        "unknown"};
constexpr std::size_t shown_max = 40;  // of a client's own text in an error

// The members of a command by name; what is missing has an empty `raw`.
struct members {
  json_value op, id, channel, period, depth, symbols, mode, interval_ms, on_slow, snapshot, history, resume, data;

  json_value* find(std::string_view key) {
    if (key == "op") return &op;
    if (key == "id") return &id;
    if (key == "channel") return &channel;
    if (key == "period") return &period;
    if (key == "depth") return &depth;
    if (key == "symbols") return &symbols;
    if (key == "mode") return &mode;
    if (key == "interval_ms") return &interval_ms;
    if (key == "on_slow") return &on_slow;
    if (key == "snapshot") return &snapshot;
    if (key == "history") return &history;
    if (key == "resume") return &resume;
    if (key == "data") return &data;
    return nullptr;  // a later version's: ignored
  }
};

// What is a state, of which the newest counts; and what is a history, of which each step does.
delivery_mode usual_mode(channel c) {
  return c == channel::quotes || is_view(c) ? delivery_mode::latest : delivery_mode::every;
}

bool given(const json_value& v) { return !v.raw.empty(); }

// Cut at a character, never inside one.
std::string shown(std::string_view raw) {
  if (raw.size() <= shown_max) return std::string{raw};
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) --end;
  return std::string{raw.substr(0, end)} + "…";
}

class command_reader {
 public:
  std::variant<command, command_error> read(const json_value& value);

 private:
  bool read_id();
  bool read_op();
  bool read_channel();
  bool read_period();
  bool read_depth();
  bool read_symbols();
  bool read_delivery();
  bool read_rest();
  bool read_resume();
  bool fail(error_code code, std::string message) {
    error_ = {command_.id, code, std::move(message), command_.op};
    return false;
  }
  bool carry_out();
  // The content of a string; empty when it is none, or not well-formed.
  std::string_view text_of(const json_value& value) {
    if (const std::string_view plain = value.plain(); !plain.empty() || !value.is(json_kind::string)) return plain;
    std::string& content = command_.unescaped.emplace_back();
    return json_unescape(value.raw, content) ? std::string_view{content} : std::string_view{};
  }

  members given_;
  command command_;
  command_error error_;
};

std::variant<command, command_error> command_reader::read(const json_value& value) {
  if (!value.is(json_kind::object)) {
    fail(error_code::bad_command, "a command is a JSON object such as {\"op\":\"ping\"}, not " + shown(value.raw));
    return error_;
  }
  json_walk walk{value.raw};
  while (walk.next())
    if (json_value* member = given_.find(walk.key())) *member = walk.value();
  if (!walk.ok()) {
    fail(error_code::bad_json, "the command is not valid JSON");
    return error_;
  }
  if (!carry_out()) return error_;
  return std::move(command_);
}

bool command_reader::carry_out() {
  if (!read_id() || !read_op()) return false;
  switch (command_.op) {
    case operation::subscribe: return read_channel() && read_symbols() && read_depth() && read_delivery() && read_rest();
    case operation::unsubscribe: return read_channel() && read_symbols();
    case operation::echo:
      command_.data = given(given_.data) ? given_.data.raw : "null";
      return true;
    default: return true;
  }
}

bool command_reader::read_id() {
  if (!given(given_.id)) return true;
  std::int64_t number = 0;
  if (json_integer(given_.id, number)) {
    command_.id = given_.id.raw;
    return true;
  }
  if (std::string content; given_.id.is(json_kind::string) && json_unescape(given_.id.raw, content) &&
                           utf8_length(content) <= command_id_max) {
    command_.id = given_.id.raw;
    return true;
  }
  return fail(error_code::bad_command, "id must be an integer or a string of at most 36 characters");
}

bool command_reader::read_op() {
  const std::string_view name = text_of(given_.op);
  for (std::size_t i = 0; i + 1 < operation_count; ++i)
    if (!name.empty() && operation_names[i] == name) {
      command_.op = static_cast<operation>(i);
      return true;
    }
  return fail(error_code::bad_command,
              given(given_.op) ? "unknown op " + shown(given_.op.raw) +
                                     "; send subscribe, unsubscribe, list, auth, ping or echo"
                               : "a command needs \"op\": subscribe, unsubscribe, list, auth, ping or echo");
}

bool command_reader::read_channel() {
  if (const auto c = channel_named(text_of(given_.channel)); c && given(given_.channel)) {
    command_.channel = *c;
    return read_period();
  }
  std::string known;
  for (std::string_view name : channel_names) known.append(known.empty() ? "" : ", ").append(name);
  return fail(error_code::bad_channel, given(given_.channel)
                                           ? "no channel " + shown(given_.channel.raw) + " here; send one of " + known
                                           : "\"channel\" is missing; send one of " + known);
}

bool command_reader::read_period() {
  if (!is_bars(command_.channel)) return true;  // a period says nothing about what has none
  if (!given(given_.period)) {
    command_.every_period = command_.op == operation::unsubscribe;
    return true;
  }
  if (const auto p = period_named(text_of(given_.period))) {
    command_.channel = bars_of(*p);
    return true;
  }
  return fail(error_code::bad_option,
              "period must be \"1s\", \"1m\", \"5m\", \"15m\", \"1h\" or \"1d\", not " + shown(given_.period.raw));
}

bool command_reader::read_depth() {
  if (command_.channel != channel::book) return true;
  std::int64_t depth = depth_default;
  if (given(given_.depth) && (!json_integer(given_.depth, depth) || depth < 1 || depth > depth_max))
    return fail(error_code::bad_option, "depth must be an integer from 1 to 1000, not " + shown(given_.depth.raw));
  command_.delivery.depth = static_cast<std::uint16_t>(depth);
  return true;
}

bool command_reader::read_symbols() {
  const json_value& list = given_.symbols;
  if (!given(list)) {
    if (command_.op == operation::unsubscribe) return command_.all = true;
    return fail(error_code::bad_command, "\"symbols\" is missing; send a list such as [\"AAPL\",\"MSFT\"], or [\"*\"]");
  }
  if (!list.is(json_kind::array))
    return fail(error_code::bad_command, "\"symbols\" must be a list of strings, not " + shown(list.raw));
  json_walk items{list.raw};
  while (items.next()) {
    if (!items.value().is(json_kind::string))
      return fail(error_code::bad_command, "\"symbols\" must hold strings only, not " + shown(items.value().raw));
    // An empty one, or one that is not well-formed, is no symbol, and will be reported as unknown.
    const std::string_view name = text_of(items.value());
    if (name == "*") {
      command_.all = true;
    } else {
      command_.symbols.push_back(name);
    }
  }
  if (command_.all) command_.symbols.clear();
  if (!command_.all && command_.symbols.empty())
    return fail(error_code::bad_command, "\"symbols\" is empty; name at least one, or [\"*\"] for all");
  return true;
}

bool command_reader::read_delivery() {
  delivery& d = command_.delivery;
  d.mode = usual_mode(command_.channel);
  if (given(given_.mode)) {
    const std::string_view mode = text_of(given_.mode);
    if (mode != "every" && mode != "latest")
      return fail(error_code::bad_option, "mode must be \"every\" or \"latest\", not " + shown(given_.mode.raw));
    d.mode = mode == "every" ? delivery_mode::every : delivery_mode::latest;
  }
  if (given(given_.interval_ms)) {
    std::int64_t ms = 0;
    if (!json_integer(given_.interval_ms, ms) || ms < 0 || ms > interval_max_ms)
      return fail(error_code::bad_option,
                  "interval_ms must be an integer from 0 to 60000, not " + shown(given_.interval_ms.raw));
    if (ms > 0 && d.mode == delivery_mode::every)
      return fail(error_code::bad_option, "interval_ms goes with \"mode\":\"latest\"; leave it out to get every message");
    d.interval_ms = static_cast<std::uint32_t>(ms);
  }
  if (given(given_.on_slow)) {
    const std::string_view policy = text_of(given_.on_slow);
    if (policy == "evict") {
      d.on_slow = slow_policy::evict;
    } else if (policy == "latest") {
      d.on_slow = slow_policy::latest;
    } else if (policy == "gap") {
      d.on_slow = slow_policy::gap;
    } else {
      return fail(error_code::bad_option,
                  "on_slow must be \"evict\", \"latest\" or \"gap\", not " + shown(given_.on_slow.raw));
    }
  }
  return true;
}

bool command_reader::read_rest() {
  if (given(given_.snapshot)) {
    if (!given_.snapshot.is_true() && !given_.snapshot.is_false())
      return fail(error_code::bad_option, "snapshot must be true or false, not " + shown(given_.snapshot.raw));
    command_.snapshot = given_.snapshot.is_true();
  }
  if (given(given_.history)) {
    std::int64_t count = 0;
    if (!json_integer(given_.history, count) || count < 0 || count > history_max)
      return fail(error_code::bad_option, "history must be an integer from 0 to 5000, not " + shown(given_.history.raw));
    command_.history = static_cast<std::uint32_t>(count);
  }
  return !given(given_.resume) || read_resume();
}

bool command_reader::read_resume() {
  static constexpr const char* form = "resume must look like {\"epoch\":\"6e1b…\",\"n\":{\"AAPL\":1042}}";
  if (!given_.resume.is(json_kind::object)) return fail(error_code::bad_option, form);
  json_value numbers;
  json_walk walk{given_.resume.raw};
  while (walk.next()) {
    if (walk.key() == "epoch") command_.resume_epoch = text_of(walk.value());
    if (walk.key() == "n") numbers = walk.value();
  }
  if (command_.resume_epoch.empty() || !numbers.is(json_kind::object)) return fail(error_code::bad_option, form);
  json_walk each{numbers.raw};
  while (each.next()) {
    std::int64_t n = 0;
    if (!json_integer(each.value(), n) || n < 0) return fail(error_code::bad_option, form);
    command_.resume_from.emplace_back(command_.unescaped.emplace_back(each.key()), static_cast<sequence>(n));
  }
  return command_.resume = true;
}

}  // namespace

std::string_view name_of(operation op) { return operation_names[static_cast<std::size_t>(op)]; }

std::string_view name_of(delivery_mode mode) { return mode == delivery_mode::every ? "every" : "latest"; }

std::string_view name_of(error_code code) {
  constexpr std::array<std::string_view, 11> names{
      "bad_json",     "bad_command",  "bad_channel", "bad_option", "unknown_symbol", "too_many_symbols",
      "rate_limited", "unauthorized", "forbidden",   "too_big",    "internal"};
  return names[static_cast<std::size_t>(code)];
}

std::variant<command, command_error> read_command(const json_value& value) { return command_reader{}.read(value); }

}  // namespace tickcast::wire
