#pragma once
// The words of the commands that read a journal: replay, and journal check and repair. For command_line.cpp alone.
#include <charconv>
#include <string>

#include <CLI/CLI.hpp>

#include "app/journal_command.hpp"
#include "app/replay.hpp"
#include "app/setting.hpp"

namespace tickcast::app {

struct replay_words {
  replay_options options;
  std::string speed = "max", script;
  CLI::Option* scripted;

  explicit replay_words(CLI::App& to) {
    to.add_option("DIR", options.directory, "the journal's directory (serve --journal), or a copy of it")->required();
    to.add_option("--speed", speed, "1 is as it was, 10 ten times as fast, max as fast as it goes")
        ->type_name("X|max")->capture_default_str();
    scripted = to.add_option("--script", script,
                             "what the client says, a JSON frame a line, @SECONDS in front of it\nfor a time after the first tick; "
                             "without: all trades and quotes")->type_name("FILE");
    to.footer("Prints what one client would have been told, a frame a line, as tail --raw does: the same bytes each time, under the\n"
              "numbers and at the times of then. Pipe it into tickcast verify - to have it checked. A journal is also a feed:\n"
              "tickcast serve --feed journal:DIR?speed=10");
  }

  replay_options command() {
    if (*scripted) options.script = script;
    if (speed == "max") return options;
    const auto [end, failed] = std::from_chars(speed.data(), speed.data() + speed.size(), options.speed);
    if (failed != std::errc{} || end != speed.data() + speed.size() || !(options.speed >= 1e-6 && options.speed <= 1e9))
      throw config_error("--speed must be max or a positive number such as 1 or 10, not " + in_quotes(speed));
    return options;
  }
};

struct journal_words {
  journal_options options;
  CLI::App& check;
  CLI::App& repair;

  explicit journal_words(CLI::App& to)
      : check(*to.add_subcommand("check", "prints what is in it, and what is damaged")->allow_extras()),
        repair(*to.add_subcommand("repair", "leaves out what cannot be read, and says what that was")->allow_extras()) {
    for (CLI::App* each : {&check, &repair})
      each->add_option("DIR", options.directory, "as given to tickcast serve --journal")->required();
    check.footer("Ends with 0, with 1 when it is damaged. Changes nothing.");
    repair.footer("Keeps each damaged file beside the repaired one, as 000003.journal.damaged. The server must not be running.");
  }

  journal_options command(bool repairs) {
    options.repair = repairs;
    return options;
  }
};

}  // namespace tickcast::app
