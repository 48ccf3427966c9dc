#include "fanout/acceptor.hpp"

#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>

#include "fanout/server.hpp"
#include "fanout/shard.hpp"

namespace tickcast::fanout {
namespace {

// Connections beyond the limit that are kept just long enough to be told so.
constexpr std::size_t refusals_max = 256;
constexpr int listen_queue = 4096;

std::string text_of(const boost::asio::ip::tcp::endpoint& e) {
  return e.address().is_v6() ? fmt::format("[{}]:{}", e.address().to_string(), e.port())
                             : fmt::format("{}:{}", e.address().to_string(), e.port());
}

void set_options(int fd, const limits& l) {
  const auto set = [fd](int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);  // we coalesce ourselves
  if (l.notsent_lowat > 0) set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, l.notsent_lowat);
  if (l.send_buffer_bytes > 0) set(SOL_SOCKET, SO_SNDBUF, l.send_buffer_bytes);
}

}  // namespace

acceptor::acceptor(boost::asio::io_context& main, const boost::asio::ip::tcp::endpoint& at, const limits& l, ledger& book)
    : limits_(l), book_(book), acceptor_(main), pause_(main) {
  boost::system::error_code error;
  acceptor_.open(at.protocol(), error);
  if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(at, error);
  if (!error) acceptor_.listen(listen_queue, error);
  if (error == boost::asio::error::address_in_use)
    throw start_error(fmt::format("port {} is taken: another program listens on {}; end it, or give another --listen",
                                  at.port(), text_of(at)));
  if (error) throw start_error(fmt::format("cannot listen on {}: {}", text_of(at), error.message()));
}

void acceptor::start(std::vector<shard*> shards) {
  shards_ = std::move(shards);
  accept();
}

void acceptor::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void acceptor::accept() {
  acceptor_.async_accept(peer_, [this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!error) {
      take(std::move(socket), peer_);
      return accept();
    }
    if (error == boost::asio::error::connection_aborted) return accept();
    // Out of descriptors or memory: those who wait keep their place in the kernel's queue.
    spdlog::error("cannot accept connections: {}; trying again in 100 ms", error.message());
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](boost::system::error_code stopped) {
      if (!stopped && acceptor_.is_open()) accept();
    });
  });
}

void acceptor::take(boost::asio::ip::tcp::socket socket, const boost::asio::ip::tcp::endpoint& peer) {
  const std::string host = peer.address().to_string();
  const auto now = book_.enter(host);
  const std::size_t per_address = limits_.max_connections_per_address;
  const bool refused = now.all > limits_.max_connections || (per_address && now.from_address > per_address);
  if (now.all > limits_.max_connections + refusals_max) return book_.leave(host);  // not even that
  set_options(socket.native_handle(), limits_);
  shard& least = **std::min_element(shards_.begin(), shards_.end(),
                                    [](const shard* a, const shard* b) { return a->load() < b->load(); });
  boost::system::error_code error;
  const int fd = socket.release(error);
  if (error) return book_.leave(host);
  least.adopt(fd, peer.address().is_v6(), text_of(peer), host, refused);
}

}  // namespace tickcast::fanout
