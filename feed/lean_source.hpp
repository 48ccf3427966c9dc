#pragma once
// A day of trades in LEAN's form, played by its own clock, or faster. Nothing is read while it runs: the file is in memory
// when it starts.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/input_log.hpp"
#include "feed/lean_tape.hpp"
#include "feed/pace.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class lean_source final : public source {
 public:
  lean_source(std::string name, lean_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;
  void stop() override;

 private:
  void turn();
  bool pull(const arrival& at);
  void publish(const arrival& at);
  bool due(arrival& at);
  void turn_at(std::int64_t mono_ns);

  const lean_settings settings_;
  sequencer& to_;
  input_log log_;
  boost::asio::steady_timer timer_;
  std::optional<lean_tape> tape_;
  event event_;
  patience patience_{std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max()}};  // a file has time
  bool held_ = false;  // the event is not yet due
  pace pace_;
};

}  // namespace tickcast::feed
