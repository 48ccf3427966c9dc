#pragma once
// What the person typed, as one of the things that the program can do. Words only: nothing is opened or read but the
// configuration file.
#include <string>
#include <variant>

#include "app/config.hpp"
#include "app/journal_command.hpp"
#include "app/replay.hpp"
#include "app/tail.hpp"
#include "app/verify.hpp"

namespace tickcast::app {

struct say {  // --help, --version
  std::string text;
};
struct serve_command {
  app::config config;
  bool check = false;
};

using command = std::variant<say, serve_command, tail_options, verify_options, replay_options, journal_options>;

// Throws config_error: one sentence.
command read_command_line(int argc, const char* const* argv);

}  // namespace tickcast::app
