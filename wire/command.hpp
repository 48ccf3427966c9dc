#pragma once
// What a client says: one JSON object becomes one `command`, or the error that the client is to get. Views point into
// the text that was parsed, so a command lives no longer than its frame.
//
// It knows the grammar and the options, not the market: whether a symbol exists is found out later.
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wire/channel.hpp"
#include "wire/json_reader.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

enum class operation : std::uint8_t { subscribe, unsubscribe, list, auth, ping, echo, unknown };
inline constexpr std::size_t operation_count = 7;
std::string_view name_of(operation op);

enum class delivery_mode : std::uint8_t { every, latest };
enum class slow_policy : std::uint8_t { evict, latest, gap };
std::string_view name_of(delivery_mode mode);

// How one subscription is to be delivered.
struct delivery {
  delivery_mode mode = delivery_mode::every;
  slow_policy on_slow = slow_policy::evict;
  std::uint32_t interval_ms = 0;  // of `latest`
  std::uint16_t depth = 0;        // of a book: levels a side

  friend bool operator==(const delivery&, const delivery&) = default;
};

inline constexpr std::int64_t interval_max_ms = 60'000;
inline constexpr std::int64_t history_max = 5000;
inline constexpr std::int64_t depth_max = 1000, depth_default = 10;
inline constexpr std::size_t command_id_max = 36;

struct command {
  operation op = operation::unknown;
  std::string_view id;  // as written in the command (with its quotes), to be echoed; empty: none
  wire::channel channel = channel::trades;
  bool every_period = false;  // an unsubscribe from bars that names no period: `channel` is one of them
  bool all = false;     // "*", or an unsubscribe that names no symbols
  std::vector<std::string_view> symbols;
  wire::delivery delivery;
  bool snapshot = true;
  std::uint32_t history = 1;
  bool resume = false;
  std::string_view resume_epoch;
  std::vector<std::pair<std::string_view, sequence>> resume_from;
  std::string_view data;  // echo: as written
  std::list<std::string> unescaped;  // strings that were written with escapes; views point into it
};

enum class error_code : std::uint8_t {
  bad_json, bad_command, bad_channel, bad_option, unknown_symbol, too_many_symbols, rate_limited, unauthorized,
  forbidden, too_big, internal,
};
std::string_view name_of(error_code code);

struct command_error {
  std::string_view id;
  error_code code = error_code::bad_command;
  std::string message;
  operation op = operation::unknown;
};

// `value` is one item of a frame.
std::variant<command, command_error> read_command(const json_value& value);

}  // namespace tickcast::wire
