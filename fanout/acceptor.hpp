#pragma once
// Takes connections in, on the main thread, and hands each to the shard with the fewest. One listening socket:
// SO_REUSEPORT would spread by hash, unevenly.
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fanout/ledger.hpp"
#include "fanout/limits.hpp"

namespace tickcast::fanout {

class shard;

class acceptor {
 public:
  // Throws start_error when the port cannot be had.
  acceptor(boost::asio::io_context& main, const boost::asio::ip::tcp::endpoint& at, const limits& l, ledger& book);

  void start(std::vector<shard*> shards);
  void stop();
  boost::asio::ip::tcp::endpoint local() const { return acceptor_.local_endpoint(); }

 private:
  void accept();
  void take(boost::asio::ip::tcp::socket socket, const boost::asio::ip::tcp::endpoint& peer);

  const limits& limits_;
  ledger& book_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  boost::asio::ip::tcp::endpoint peer_;
  std::vector<shard*> shards_;
};

}  // namespace tickcast::fanout
