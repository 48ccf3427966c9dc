#include "feed/uri.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <spdlog/fmt/fmt.h>

#include "feed/lobster_event.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {
namespace {

constexpr std::size_t digits_after_prefix = 7;  // enough for 1,000,000 symbols

template <class... Args>
[[noreturn]] void fail(std::string_view whole, fmt::format_string<Args...> what, Args&&... args) {
  throw bad_uri(fmt::format("feed '{}': {}", whole, fmt::format(what, std::forward<Args>(args)...)));
}

template <class Number>
std::optional<Number> read(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !(value >= least && value <= most))
    return std::nullopt;
  return value;
}

// Calls `see(key, value)` for each `key=value` between ampersands.
template <class See>
void each_pair(std::string_view whole, std::string_view query, See see) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos)
      fail(whole, "'{}' has no value; write key=value, with & between them", pair);
    see(pair.substr(0, equals), pair.substr(equals + 1));
  }
}

void read_mix(std::string_view whole, std::string_view value, sim_settings& to) {
  if (value == "trades") {
    to.trades = 1, to.quotes = 0;
  } else if (value == "quotes") {
    to.trades = 0, to.quotes = 1;
  } else {
    const std::size_t colon = value.find(':');
    const auto trades = read<std::uint32_t>(value.substr(0, colon), 0, 1000);
    const auto quotes =
        colon == std::string_view::npos ? std::nullopt : read<std::uint32_t>(value.substr(colon + 1), 0, 1000);
    if (!trades || !quotes || *trades + *quotes == 0)
      fail(whole, "mix must be trades, quotes or T:Q such as 1:3 (each 0 to 1000, not both 0), not '{}'", value);
    to.trades = *trades, to.quotes = *quotes;
  }
}

sim_settings read_sim(std::string_view whole, std::string_view query) {
  sim_settings to;
  if (query.starts_with('?')) query.remove_prefix(1);
  each_pair(whole, query, [&](std::string_view key, std::string_view value) {
    const auto whole_number = [&](std::uint32_t most) {
      const auto number = read<std::uint32_t>(value, 1, most);
      if (!number) fail(whole, "{} must be a whole number from 1 to {}, not '{}'", key, most, value);
      return *number;
    };
    if (key == "symbols") {
      to.symbols = whole_number(1'000'000);
    } else if (key == "rate") {
      to.rate = whole_number(10'000'000);
    } else if (key == "every_us") {
      to.every_us = whole_number(1'000'000);
    } else if (key == "seed") {
      const auto seed = read<std::uint64_t>(value, 0, UINT64_MAX);
      if (!seed) fail(whole, "seed must be a whole number, 0 or more, not '{}'", value);
      to.seed = *seed;
    } else if (key == "prefix") {
      if (!wire::is_symbol(value) || value.size() + digits_after_prefix > wire::symbol_max)
        fail(whole, "prefix must be 1 to 25 characters of A-Z a-z 0-9 . _ : / = ^ -, not '{}'", value);
      to.prefix = value;
    } else if (key == "depth") {
      to.depth = whole_number(1000);
    } else if (key == "mix") {
      read_mix(whole, value, to);
    } else {
      fail(whole, "unknown key '{}'; sim: takes symbols, rate, every_us, seed, prefix, depth and mix", key);
    }
  });
  return to;
}

double read_speed(std::string_view whole, std::string_view value) {
  const auto speed = value == "max" ? std::optional{0.0} : read<double>(value, 1e-6, 1e9);
  if (!speed) fail(whole, "speed must be max or a positive number such as 1 or 10, not '{}'", value);
  return *speed;
}

file_settings read_file(std::string_view whole, std::string_view rest) {
  file_settings to;
  const std::size_t mark = rest.rfind('?');
  to.path = rest.substr(0, mark);
  if (to.path.empty()) fail(whole, "there is no path; write ndjson:PATH, or ndjson:- for standard input");
  if (mark == std::string_view::npos) return to;
  each_pair(whole, rest.substr(mark + 1), [&](std::string_view key, std::string_view value) {
    if (key == "speed") {
      to.speed = read_speed(whole, value);
    } else if (key == "loop") {
      const auto passes = value == "forever" || value.empty() ? std::optional<std::uint64_t>{0}
                                                              : read<std::uint64_t>(value, 1, UINT64_MAX);
      if (!passes) fail(whole, "loop must be forever or how often the file is played, 1 or more, not '{}'", value);
      to.passes = *passes;
    } else {
      fail(whole, "unknown key '{}'; ndjson:PATH takes speed and loop", key);
    }
  });
  return to;
}

recorded_settings read_recorded(std::string_view whole, std::string_view rest) {
  recorded_settings to;
  const std::size_t mark = rest.rfind('?');
  to.directory = rest.substr(0, mark);
  if (to.directory.empty()) fail(whole, "there is no directory; write journal:DIR");
  if (mark == std::string_view::npos) return to;
  each_pair(whole, rest.substr(mark + 1), [&](std::string_view key, std::string_view value) {
    if (key != "speed") fail(whole, "unknown key '{}'; journal:DIR takes speed", key);
    to.speed = read_speed(whole, value);
  });
  return to;
}

lobster_settings read_lobster(std::string_view whole, std::string_view rest) {
  lobster_settings to;
  const std::size_t mark = rest.rfind('?');
  to.path = rest.substr(0, mark);
  if (to.path.empty()) fail(whole, "there is no path; write lobster:PATH, the message file");
  const lobster_name named = lobster_name_of(to.path);
  to.book_path = named.book_path;
  to.symbol = named.symbol;
  to.date = named.date;
  each_pair(whole, mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1), [&](std::string_view key, std::string_view value) {
    if (key == "speed") {
      to.speed = read_speed(whole, value);
    } else if (key == "symbol") {
      to.symbol = value;
    } else if (key == "date") {
      to.date = value;
    } else if (key == "levels") {
      const auto levels = read<std::uint32_t>(value, 1, 1000);
      if (!levels) fail(whole, "levels must be a whole number from 1 to 1000, not '{}'", value);
      to.levels = *levels;
    } else {
      fail(whole, "unknown key '{}'; lobster:PATH takes symbol, date, levels and speed", key);
    }
  });
  if (to.book_path.empty())
    fail(whole, "the file's name has no 'message' in it, so the order book beside it cannot be found; name them as LOBSTER does");
  if (!wire::is_symbol(to.symbol)) fail(whole, "the file's name begins with no symbol; add symbol=AAPL");
  if (!new_york_midnight_ns(to.date)) fail(whole, "'{}' is no day; add date=2012-06-21", to.date);
  return to;
}

lean_settings read_lean(std::string_view whole, std::string_view rest) {
  lean_settings to;
  const std::size_t mark = rest.rfind('?');
  to.path = rest.substr(0, mark);
  if (to.path.empty()) fail(whole, "there is no path; write lean:PATH such as lean:ibm/20131007_trade.zip");
  if (mark == std::string_view::npos) return to;
  each_pair(whole, rest.substr(mark + 1), [&](std::string_view key, std::string_view value) {
    if (key == "speed") {
      to.speed = read_speed(whole, value);
    } else if (key == "symbol") {
      if (!wire::is_symbol(value)) fail(whole, "symbol must be 1 to 32 characters of A-Z a-z 0-9 . _ : / = ^ -, not '{}'", value);
      to.symbol = value;
    } else if (key == "date") {
      to.date = value;
    } else if (key == "zone") {
      to.zone = value;
    } else if (key != "kind" || value != "trade") {
      fail(whole, "unknown '{}={}'; lean:PATH takes kind=trade, speed, symbol, date and zone", key, value);
    }
  });
  return to;
}

listen_settings read_listen(std::string_view whole, std::string_view rest) {
  constexpr std::string_view example =
      "write ndjson+tcp://HOST:PORT such as ndjson+tcp://127.0.0.1:9000 or ndjson+tcp://[::1]:9000";
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) fail(whole, "nothing can follow the port; {}", example);
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.ends_with(']')) fail(whole, "there is no port; {}", example);
  std::string_view host = rest.substr(0, colon);
  const auto port = read<std::uint16_t>(rest.substr(colon + 1), 0, UINT16_MAX);
  if (!port) fail(whole, "the port must be a number from 0 to 65535; {}", example);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty()) fail(whole, "there is no host; {}", example);
  if (!brackets && host.find_first_of(":[]") != std::string_view::npos)
    fail(whole, "an IPv6 address stands in brackets; {}", example);
  return {std::string(host), *port};
}

source_settings read_settings(std::string_view text) {
  const auto rest_after = [&](std::string_view scheme) { return text.substr(scheme.size()); };
  if (text == "sim") return sim_settings{};
  if (text.starts_with("sim:")) return read_sim(text, rest_after("sim:"));
  if (text.starts_with("ndjson+tcp://")) return read_listen(text, rest_after("ndjson+tcp://"));
  if (text == "ndjson:-") return stdin_settings{};
  if (text.starts_with("ndjson:-?")) fail(text, "standard input takes no keys; it is read as it comes");
  if (text.starts_with("ndjson:")) return read_file(text, rest_after("ndjson:"));
  if (text.starts_with("lean:")) return read_lean(text, rest_after("lean:"));
  if (text.starts_with("lobster:")) return read_lobster(text, rest_after("lobster:"));
  if (text.starts_with("journal:")) return read_recorded(text, rest_after("journal:"));
  fail(text, "unknown kind of feed; write sim:, ndjson:PATH, ndjson:-, ndjson+tcp://HOST:PORT, journal:DIR, lobster:PATH or lean:PATH");
}

}  // namespace

uri parse_uri(std::string_view text) { return {std::string(text), read_settings(text)}; }

}  // namespace tickcast::feed
