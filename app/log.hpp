#pragma once
// The log: one line an event on stderr, `2026-11-20T10:00:00.123456Z info message`, in UTC. What clients send may be in
// a message (a user agent, a reason), so control characters are shown as '?': nobody writes lines of his own.
#include <string>

namespace tickcast::app {

void start_log(const std::string& level);

}  // namespace tickcast::app
