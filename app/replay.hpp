#pragma once
// `tickcast replay`: what one client would have been told, from a journal, printed frame by frame as `tail --raw` prints
// them, on recorded time. The same journal and the same script give the same bytes, however often and wherever.
#include <optional>
#include <string>

namespace tickcast::app {

struct replay_options {
  std::string directory;
  std::optional<std::string> script;  // a file; none: everything of every channel from the beginning on
  double speed = 0;                   // of recorded time; 0: as fast as it goes
};

// The exit code: 0 at the end, also when nobody reads stdout any more; 1 when the journal is damaged or the server would
// have closed the connection. Throws std::runtime_error, one sentence, when there is no such journal or script.
int replay(const replay_options& options);

}  // namespace tickcast::app
