#pragma once
// One epoch of a journal, happening again: the sequencer, one shard and one client, on the time at which it was recorded.
// What was one batch then is one turn now. Nothing here is left to chance and nothing depends on how fast the machine
// is, so the same journal and the same client give the same frames, to the byte.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/limits.hpp"
#include "fanout/stage.hpp"
#include "feed/sequencer.hpp"

namespace tickcast::app {

class rerun {
 public:
  using sink = std::function<void(std::string_view frame)>;

  // `version` is what the welcome says. Frames, and the client's end as one of its own making, go to `frames`.
  rerun(feed::epoch_id epoch, std::string version, sink frames);
  ~rerun();

  bool begun() const { return stage_.has_value(); }
  // The client connects at this time, Unix nanoseconds.
  void begin(std::int64_t unix_ns);
  // What the client says. After its end it says nothing any more.
  void say(std::string_view frame);
  // Time passes: what is due until then happens when it is due.
  void pass_to(std::int64_t unix_ns);
  // What a block of the journal holds; its ticks come at the time that it is.
  void take(const feed::journal_reader& block);

  std::int64_t now() const { return stage_->all.clock.mono_ns(); }
  // Why the server has closed the connection; empty: it has not.
  const std::string& ended() const;

 private:
  class guest;

  void settle();

  const std::string epoch_, version_;
  const sink frames_;
  const fanout::limits limits_;
  const std::vector<std::string> origins_;
  wire::symbol_table symbols_;
  wire::inbox inbox_;
  wire::lane lane_;
  feed::sequencer sequencer_;
  std::optional<fanout::stage> stage_;
  std::unique_ptr<guest> guest_;
};

}  // namespace tickcast::app
