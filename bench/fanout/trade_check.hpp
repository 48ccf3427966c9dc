// The sampled clients' conscience: every number of every symbol, one after the other, and how old each trade is when it arrives.
// Not: the cheap count for everybody else (client.cpp).
#pragma once

#include "tally.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bench {

class trade_check {
public:
  explicit trade_check(std::string_view prefix) : prefix_(prefix) {}

  // `"symbols":[{"s":"S00001","n":1042},…]` of the acknowledgement: the first live trade must be 1043.
  void acknowledged(std::string_view message) {
    while (true) {
      std::uint64_t number;
      auto at = message.find("{\"s\":\"");
      if (at == message.npos) return;
      message.remove_prefix(at + 1);
      auto end = message.find('}');
      std::uint32_t symbol;
      if (read_symbol(message.substr(0, end), symbol) && read_number(message.substr(0, end), "\"n\":", number)) last_[symbol] = number;
    }
  }

  // Where a server does not say from which number on it sends: its first trade is taken as it is.
  void expect(std::string_view symbol_name) {
    std::uint32_t symbol;
    if (read_symbol("\"s\":\"" + std::string(symbol_name), symbol)) last_.try_emplace(symbol, anything);
  }

  // One `{"e":"trade",…}`; now_us is the time of the read that brought it.
  void trade(std::string_view message, std::int64_t now_us, tally& into) {
    std::uint32_t symbol;
    std::uint64_t n, t;
    if (!read_symbol(message, symbol) || !read_number(message, "\"n\":", n) || !read_number(message, "\"t\":", t)) {
      ++into.strangers;
      return;
    }
    auto known = last_.find(symbol);
    if (known == last_.end()) {
      ++into.strangers;
      return;
    }
    if (message.find("\"snap\":true") != message.npos) { // where the stream starts, not a part of it
      known->second = n;
      return;
    }
    ++into.sampled_messages;
    if (known->second != anything && n <= known->second) ++into.repeats;
    else {
      if (known->second != anything) into.holes += n - known->second - 1;
      known->second = n;
    }
    into.tick_to_client.add(now_us - std::int64_t(t));
  }

private:
  static constexpr std::uint64_t anything = ~0ull;

  bool read_symbol(std::string_view message, std::uint32_t& symbol) const {
    auto at = message.find("\"s\":\"");
    if (at == message.npos) return false;
    message.remove_prefix(at + 5);
    if (!message.starts_with(prefix_)) return false;
    message.remove_prefix(prefix_.size());
    return std::from_chars(message.data(), message.data() + message.size(), symbol).ec == std::errc{};
  }
  static bool read_number(std::string_view message, std::string_view name, std::uint64_t& number) {
    auto at = message.find(name);
    if (at == message.npos) return false;
    message.remove_prefix(at + name.size());
    return std::from_chars(message.data(), message.data() + message.size(), number).ec == std::errc{};
  }

  std::string_view prefix_;
  std::unordered_map<std::uint32_t, std::uint64_t> last_;
};

} // namespace bench
