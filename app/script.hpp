#pragma once
// What a client of a replay says, and when: a line a frame, as JSON; `@SECONDS ` in front of it says how long after the
// first tick. A line without it follows the one before. Empty lines and those that begin with # say nothing.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tickcast::app {

struct line_of_script {
  std::int64_t after_ns = 0;
  std::string frame;
};

// Throws std::runtime_error, one sentence with the number of the line.
std::vector<line_of_script> read_script(std::string_view text);

}  // namespace tickcast::app
