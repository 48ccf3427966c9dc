#pragma once
// What `tickcast serve` was told: the defaults, then the file, then the command line, the later winning. Every key is
// in the table of `setting.hpp`, and file, flags and --set go through it alike. Whatever is wrong is one sentence.
//
// It opens no port and reads no certificate: that is `serve.hpp`.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fanout/limits.hpp"
#include "wire/period.hpp"

namespace tickcast::app {

// One sentence for the person at the keyboard; the program ends with 2.
struct config_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct config {
  std::string listen = "0.0.0.0:8443";
  std::string admin = "127.0.0.1:9464";
  std::string tls_cert, tls_key;
  bool self_signed = false;
  bool plain = false;
  std::size_t shards = 0;  // 0: auto
  std::vector<std::string> feeds;
  std::string log_level = "info";
  bool echo = false;
  bool open_symbols = false;
  bool deflate = true;
  std::vector<std::string> allowed_origins;
  std::size_t max_symbols = 100'000;
  std::size_t lane_capacity = 65'536;
  std::size_t history_mb = 256;
  std::size_t bars_mb = 256;
  std::vector<std::string> sessions;    // "PATTERN HOURS ZONE"
  std::vector<std::string> conditions;  // "CONDITION volume|price|nothing"
  std::string journal;  // its directory; empty: there is none
  std::size_t journal_file_mb = 64;
  std::size_t journal_keep_mb = 8192;
  std::string journal_sync = "interval";
  std::uint32_t journal_sync_ms = 1000;
  std::string history;  // the file with the bars; empty: in memory
  std::chrono::milliseconds history_flush{1000};
  std::size_t history_keep_mb = 4096;
  std::array<std::size_t, wire::period_count> history_keep_days{2, 90, 365, 730, 3650, 0};  // by period; 0: for ever
  std::chrono::milliseconds feed_stale{5000};
  fanout::limits limits;
};

// One `key = value` of the command line, and how it was written there: "--listen", "--set".
struct assignment {
  std::string key;
  std::variant<std::string, std::vector<std::string>> value;  // a text as in the file, its quotes left out or not
  std::string where;
};

// Throws config_error. Lists given on the command line replace those of the file.
config load_config(const std::optional<std::string>& file, const std::vector<assignment>& command_line);

// "HOST:PORT", "[::1]:PORT", ":PORT" (every interface). Nothing when it is not such.
struct host_port {
  std::string host, port;
};
std::optional<host_port> split_address(std::string_view text);

}  // namespace tickcast::app
