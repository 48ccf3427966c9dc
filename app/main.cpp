// tickcast: one program, whose commands `--help` lists. Whatever keeps it from starting is one sentence on stderr and exit code 2.
#include <exception>
#include <iostream>
#include <variant>

#include "app/command_line.hpp"
#include "app/log.hpp"
#include "app/serve.hpp"

namespace {

using namespace tickcast::app;

struct carry_out {
  int operator()(const say& what) const {
    std::cout << what.text;
    return 0;
  }
  int operator()(const serve_command& what) const {
    if (what.check) {
      check(what.config);
      std::cout << "ok\n";
      return 0;
    }
    start_log(what.config.log_level);
    return serve{what.config}.run();
  }
  int operator()(const tail_options& what) const { return tail(what); }
  int operator()(const verify_options& what) const { return verify(what); }
  int operator()(const replay_options& what) const { return replay(what); }
  int operator()(const journal_options& what) const { return journal(what); }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    return std::visit(carry_out{}, read_command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "tickcast: " << error.what() << '\n';
    return 2;
  }
}
