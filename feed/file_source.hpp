#pragma once
// A file of NDJSON, played by its own clock (`speed`), or as fast as the shards take it (`max`), once or in a loop.
// An event without a time follows the one before it at once; one that is earlier than it, too. In a loop the market's time
// goes on.
//
// Files are read in place, a chunk a turn: a regular file never blocks for longer than its disk does.
#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>

#include "feed/input_log.hpp"
#include "feed/line_intake.hpp"
#include "feed/loop_clock.hpp"
#include "feed/played_source.hpp"
#include "feed/settings.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::feed {

class file_source final : public played_source {
 public:
  file_source(std::string name, file_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;

 private:
  bool pull(const arrival& at) override;
  std::optional<std::int64_t> recorded_ns() const override;
  void publish(const arrival& at) override;
  bool go_on() override;
  void close() override;
  bool end(const char* how);  // always false

  const file_settings settings_;
  input_log log_;
  wire::owned_fd file_;
  line_intake intake_;
  loop_clock clock_;
  bool finished_ = false;    // this pass has been read to its end
  std::uint64_t passes_ = 0;
  std::uint64_t taken_before_ = 0;  // events up to the start of this pass: a pass without any ends the loop
};

}  // namespace tickcast::feed
