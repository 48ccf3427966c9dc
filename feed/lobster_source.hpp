#pragma once
// A day of LOBSTER's, played: its message file as trades and halts, and its order events as a book, which the order book
// file beside it begins and completes (lobster_book.hpp). At its own pace or another, once.
//
// Files are read in place, some lines a turn.
#include <chrono>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/input_log.hpp"
#include "feed/lobster_book.hpp"
#include "feed/pace.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/settings.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class lobster_source final : public source {
 public:
  lobster_source(std::string name, lobster_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;
  void stop() override;

 private:
  void turn();
  bool pull(std::int64_t mono_ns);  // false: that was all
  bool due(arrival& at);
  void publish(const arrival& at);
  void publish_trade(const arrival& at);
  void publish_halt(const arrival& at);
  void give(const arrival& at);
  void turn_at(std::int64_t mono_ns);
  void end();

  const lobster_settings settings_;
  sequencer& to_;
  input_log log_;
  boost::asio::steady_timer timer_;
  patience patience_{std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max()}};  // a file has time
  std::ifstream messages_, rows_;
  std::string line_, row_line_;
  std::uint64_t number_ = 0;  // of the line
  std::int64_t midnight_ns_ = 0;
  lobster_event now_;
  lobster_row after_;
  lobster_book book_;
  event event_;
  bool held_ = false;     // the current event is not yet due
  bool stopped_ = false;
  pace pace_;
};

}  // namespace tickcast::feed
