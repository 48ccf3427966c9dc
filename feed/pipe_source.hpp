#pragma once
// Standard input, or a named pipe: NDJSON as it comes, until its end. What it leads to may also be a regular file or
// /dev/null, which epoll cannot watch; those are read in turns.
//
// The descriptor is never made non-blocking: that would change it for whoever shares it (a shell's terminal). It is
// read once each time it is readable, which does not block; Asio, which would change it, watches an epoll around it.
#include <chrono>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/input_log.hpp"
#include "feed/line_intake.hpp"
#include "wire/owned_fd.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class pipe_source final : public source {
 public:
  // `path` empty: standard input.
  pipe_source(std::string name, std::string path, boost::asio::io_context& io, sequencer& to);

  void start() override;
  void stop() override;

 private:
  void arm();
  void turn();
  void end(const char* how);

  const std::string path_;
  sequencer& to_;
  input_log log_;
  boost::asio::steady_timer timer_;
  boost::asio::posix::stream_descriptor watched_;  // not open: the input is read in turns
  wire::owned_fd input_;
  line_intake intake_;
  patience patience_{std::chrono::milliseconds{50}};
};

}  // namespace tickcast::feed
