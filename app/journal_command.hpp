#pragma once
// `tickcast journal check DIR` and `tickcast journal repair DIR`: what a journal holds, what is wrong with it, and the
// way back to one that the server takes.
#include <string>

namespace tickcast::app {

struct journal_options {
  std::string directory;
  bool repair = false;
};

// Prints what it finds. The exit code: 1 when `check` finds damage. Throws feed::journal_error, one sentence.
int journal(const journal_options& options);

}  // namespace tickcast::app
