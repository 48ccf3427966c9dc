#pragma once
// Something recorded, played: at its own pace or another (`speed`), or as fast as the shards take it. What is read ahead is one
// event; when that is not yet due the turn ends, and goes on when it is. A recording has time: it waits for a shard
// that is behind as long as that takes.
//
// What the recording is, and when one of its events was, its kinds know (file, journal, LEAN, LOBSTER).
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/pace.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class played_source : public source {
 public:
  void stop() final;

 protected:
  played_source(std::string name, double speed, int events_per_turn, boost::asio::io_context& io, sequencer& to);

  // The recording is open: the first turn comes when the thread runs.
  void begin();
  void restart_clock() { pace_.restart(); }
  // Counted as taken, or as bad.
  void give(const event& e, const arrival& at);

  virtual bool pull(const arrival& at) = 0;  // the next event; false: there is none, see `go_on`
  // When it was, by the recording's clock. Nothing: it follows the one before it at once.
  virtual std::optional<std::int64_t> recorded_ns() const = 0;
  virtual void publish(const arrival& at) = 0;  // the event that was pulled
  virtual bool go_on() = 0;                     // false: that was all; says so in the log
  virtual void close() = 0;                     // nothing is read any more

  sequencer& to_;

 private:
  void finish();
  void turn();
  void turn_soon();
  void turn_at(std::int64_t mono_ns);
  bool due(arrival& at);

  const int events_per_turn_;
  boost::asio::steady_timer timer_;
  patience patience_{std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max()}};
  pace pace_;
  bool held_ = false;  // the event that was pulled is not yet due
  bool over_ = false;
};

}  // namespace tickcast::feed
