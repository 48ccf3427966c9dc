#pragma once
// A file of NDJSON, played by its own clock (`speed`), or as fast as the shards take it (`max`), once or in a loop.
// An event without a time follows the one before it at once; one that is earlier than it, too.
//
// Files are read in place, a chunk a turn: a regular file never blocks for longer than its disk does.
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/input_log.hpp"
#include "feed/line_intake.hpp"
#include "wire/owned_fd.hpp"
#include "feed/pace.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/settings.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class file_source final : public source {
 public:
  file_source(std::string name, file_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;
  void stop() override;

 private:
  void turn();
  bool refill();  // false: there is nothing more to play
  bool due(arrival& at);
  void turn_at(std::int64_t mono_ns);
  void end(const char* how);

  const file_settings settings_;
  sequencer& to_;
  input_log log_;
  boost::asio::steady_timer timer_;
  wire::owned_fd file_;
  line_intake intake_;
  patience patience_{std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max()}};  // a file has time
  bool held_ = false;        // the intake's current event is not yet due
  bool finished_ = false;    // this pass has been read to its end
  std::uint64_t passes_ = 0;
  std::uint64_t taken_before_ = 0;  // events up to the start of this pass: a pass without any ends the loop
  pace pace_;
};

}  // namespace tickcast::feed
