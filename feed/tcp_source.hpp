#pragma once
// Listens for publishers of NDJSON over TCP. Each has its own splitter and decoder, so a bad one harms only its own
// lines, and each reads one chunk a turn, so a fast one does not starve the others. All of them feed one market:
// the sequencer numbers their ticks in the order of arrival.
//
// There is no authentication here: it listens where the operator says, which should be loopback or a private network.
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/input_log.hpp"
#include "feed/sequencer.hpp"
#include "feed/settings.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

inline constexpr std::size_t publishers_max = 64;  // each holds 128 KiB of buffer

class tcp_source final : public source {
 public:
  tcp_source(std::string name, listen_settings settings, boost::asio::io_context& io, sequencer& to);
  ~tcp_source() override;

  void start() override;
  void stop() override;

  std::uint16_t port() const { return port_; }  // the real one, once started

 private:
  class publisher;

  void accept();
  void welcome(boost::asio::ip::tcp::socket socket);
  void left(const std::shared_ptr<publisher>& who);
  void count_publishers();

  const listen_settings settings_;
  boost::asio::io_context& io_;
  sequencer& to_;
  input_log log_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::unordered_set<std::shared_ptr<publisher>> publishers_;
  std::uint16_t port_ = 0;
};

}  // namespace tickcast::feed
