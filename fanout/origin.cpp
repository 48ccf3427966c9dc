#include "fanout/origin.hpp"

#include <algorithm>

namespace tickcast::fanout {
namespace {

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool origin_allowed(std::string_view origin, std::string_view host, const std::vector<std::string>& allowed) {
  if (origin.empty()) return true;
  // The scheme is not compared: behind a proxy that ends TLS the page is https and we are not.
  const std::size_t scheme = origin.find("://");
  if (scheme != std::string_view::npos && !host.empty() && same_text(origin.substr(scheme + 3), host)) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& a) { return a == "*" || same_text(a, origin); });
}

}  // namespace tickcast::fanout
