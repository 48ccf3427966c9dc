#pragma once
// The control messages of the native protocol, each one JSON object appended to `to`. `id` is a command's id as the
// client wrote it; empty leaves the member out.
#include <cstdint>
#include <string_view>

#include "wire/channel.hpp"
#include "wire/command.hpp"
#include "wire/text.hpp"

namespace tickcast::wire {

struct welcome {
  std::string_view version;  // "tickcast/0.1.0"
  std::string_view session;
  std::string_view epoch;
  std::int64_t t_us = 0;
  double ping_s = 20;
  std::size_t symbols = 0;
  double commands_per_s = 0;
  double burst = 0;
  std::size_t frame_bytes = 0;
};

void add_welcome(text& to, const welcome& w);
void add_pong(text& to, std::string_view id, std::int64_t t_us);
void add_echo(text& to, std::string_view id, std::string_view data);
void add_error(text& to, const command_error& error);
// The body of an HTTP answer that is an error.
void add_http_error(text& to, std::string_view code, std::string_view message);
void add_bye(text& to, std::int64_t retry_ms);
// What stands for a symbol in SBE on this connection.
void add_symbol(text& to, std::string_view name, std::uint32_t id);
void add_rate(text& to, channel c, delivery_mode mode);
void add_channel(text& to, channel c);  // "channel":…, and of bars their "period"

// {"e":KIND,"id":…  — the start of every answer; the caller goes on.
void open_answer(text& to, std::string_view kind, std::string_view id);
void add_delivery(text& to, const delivery& d);  // ,"mode":…,"interval_ms":…, in front of it the "depth" of a book
// Writes the comma between items of a list: none before the first.
class comma {
 public:
  void put(text& to) {
    if (seen_) to.add(',');
    seen_ = true;
  }

 private:
  bool seen_ = false;
};

}  // namespace tickcast::wire
