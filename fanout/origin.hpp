#pragma once
// Whether a browser's page may open a stream here. Browsers send Origin with every WebSocket, and nothing else would
// keep a foreign page from using its visitor's network position; programs send none and are let in.
#include <string>
#include <string_view>
#include <vector>

namespace tickcast::fanout {

// `origin` empty: none was sent. `host`: the request's Host. `allowed`: exact origins, or "*".
bool origin_allowed(std::string_view origin, std::string_view host, const std::vector<std::string>& allowed);

}  // namespace tickcast::fanout
