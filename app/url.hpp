#pragma once
// Where `tickcast tail` connects: wss://HOST[:PORT][/PATH], https:// for the same, ws:// and http:// without TLS.
// Without a scheme it is wss, without a path /v1/stream.
#include <optional>
#include <string>
#include <string_view>

namespace tickcast::app {

struct url {
  bool tls = true;
  std::string host;  // an IPv6 address without its brackets
  std::string port;
  std::string path;

  std::string authority() const;  // as the Host header has it
};

std::optional<url> parse_url(std::string_view text);

}  // namespace tickcast::app
