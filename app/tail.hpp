#pragma once
// `tickcast tail`: connects to a tickcast server, subscribes, and prints what it says, one message a line on stdout and
// nothing else there. It does not reconnect: a script that wants that starts it again.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/url.hpp"
#include "wire/encoding.hpp"

namespace tickcast::app {

struct tail_options {
  url server;
  std::string channel;
  std::vector<std::string> symbols;
  std::string mode;                      // empty: the channel's default
  std::uint64_t depth = 0;               // of a book; 0: the default
  std::optional<std::uint64_t> interval_ms, history;
  std::string period;                    // of bars; empty: its default
  std::uint64_t count = 0;               // ends after so many messages of the channel; 0: never
  wire::encoding encoding = wire::encoding::json;  // on the wire; what is printed is JSON in any case
  bool insecure = false;                 // takes any certificate
  bool raw = false;                      // frames as they come, not split into messages
};

// The exit code: 0 at SIGINT, SIGTERM, `count` and when nobody reads stdout any more; 1 when the connection or the
// subscription fails, with a sentence on stderr.
int tail(const tail_options& options);

}  // namespace tickcast::app
