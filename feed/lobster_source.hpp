#pragma once
// A day of LOBSTER's, played: its message file as trades and halts, and its order events as a book, which the order book
// file beside it begins and completes (lobster_book.hpp). At its own pace or another, once.
//
// Files are read in place, some lines a turn.
#include <cstdint>
#include <fstream>
#include <string>

#include <boost/asio/io_context.hpp>

#include "feed/input_log.hpp"
#include "feed/lobster_book.hpp"
#include "feed/played_source.hpp"
#include "feed/settings.hpp"

namespace tickcast::feed {

class lobster_source final : public played_source {
 public:
  lobster_source(std::string name, lobster_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;

 private:
  bool pull(const arrival& at) override;
  std::optional<std::int64_t> recorded_ns() const override;
  void publish(const arrival& at) override;
  bool go_on() override;
  void close() override;
  void publish_trade(const arrival& at);
  void publish_halt(const arrival& at);
  void give_now(const arrival& at);

  const lobster_settings settings_;
  input_log log_;
  std::ifstream messages_, rows_;
  std::string line_, row_line_;
  std::uint64_t number_ = 0;  // of the line
  std::int64_t midnight_ns_ = 0;
  lobster_event now_;
  lobster_row after_;
  lobster_book book_;
  event event_;
};

}  // namespace tickcast::feed
