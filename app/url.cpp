#include "app/url.hpp"

#include "app/config.hpp"

namespace tickcast::app {

std::string url::authority() const {
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return name + ":" + port;
}

std::optional<url> parse_url(std::string_view text) {
  url out;
  if (const std::size_t scheme_end = text.find("://"); scheme_end != text.npos) {
    const std::string_view scheme = text.substr(0, scheme_end);
    if (scheme != "wss" && scheme != "https" && scheme != "ws" && scheme != "http") return std::nullopt;
    out.tls = scheme == "wss" || scheme == "https";
    text.remove_prefix(scheme_end + 3);
  }
  const std::size_t path = text.find('/');
  out.path = path == text.npos ? "" : std::string{text.substr(path)};
  if (out.path.empty() || out.path == "/") out.path = "/v1/stream";
  if (out.path.find_first_of(" \r\n#") != out.path.npos) return std::nullopt;

  std::string authority{text.substr(0, path)};
  const bool has_port = authority.find(':') != authority.npos && !authority.ends_with(']');
  if (!has_port) authority += out.tls ? ":443" : ":80";
  const std::optional<host_port> at = split_address(authority);
  if (!at || at->port == "0" || authority.front() == ':' || at->host.find('@') != at->host.npos) return std::nullopt;
  out.host = at->host;
  out.port = at->port;
  return out;
}

}  // namespace tickcast::app
