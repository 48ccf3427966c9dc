#include "fanout/acceptor.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fanout/server.hpp"
#include "fanout/shard.hpp"

namespace tickcast::fanout {
namespace {

constexpr int listen_queue = 4096;

std::string text_of(const boost::asio::ip::tcp::endpoint& e) {
  return e.address().is_v6() ? fmt::format("[{}]:{}", e.address().to_string(), e.port())
                             : fmt::format("{}:{}", e.address().to_string(), e.port());
}

}  // namespace

acceptor::acceptor(const boost::asio::ip::tcp::endpoint& at, std::size_t porters, const limits& l, ledger& book,
                   const std::shared_ptr<const tls_context>& tls)
    : listener_(::socket(at.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const int fd = listener_.get(), on = 1;
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd, at.data(), static_cast<socklen_t>(at.size())) != 0 || ::listen(fd, listen_queue) != 0) {
    if (errno == EADDRINUSE)
      throw start_error(fmt::format("port {} is taken: another program listens on {}; end it, or give another --listen",
                                    at.port(), text_of(at)));
    throw start_error(fmt::format("cannot listen on {}: {}", text_of(at), std::strerror(errno)));
  }
  for (std::size_t i = 0; i < porters; ++i) porters_.push_back(std::make_unique<porter>(i, fd, l, book, tls));
}

void acceptor::start(const std::vector<shard*>& shards) {
  for (const auto& p : porters_)
    p->start([shards](arrival who) {
      shard& least = **std::min_element(shards.begin(), shards.end(), [](const shard* a, const shard* b) { return a->load() < b->load(); });
      least.adopt(std::move(who));
    });
}

void acceptor::renew(const std::shared_ptr<const tls_context>& tls) {
  for (const auto& p : porters_) p->renew(tls);
}

void acceptor::close() {
  for (const auto& p : porters_) p->dismiss();
  // Refuses from now on. Not `close()`: a porter might still use the number, which could be another's by then.
  ::shutdown(listener_.get(), SHUT_RDWR);
}

void acceptor::stop() {
  close();
  for (const auto& p : porters_) p->stop();
}

boost::asio::ip::tcp::endpoint acceptor::local() const {
  boost::asio::ip::tcp::endpoint at;
  socklen_t size = static_cast<socklen_t>(at.capacity());
  ::getsockname(listener_.get(), at.data(), &size);
  at.resize(size);
  return at;
}

}  // namespace tickcast::fanout
