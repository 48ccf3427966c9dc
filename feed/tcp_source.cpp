#include "feed/tcp_source.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "feed/line_intake.hpp"
#include "feed/patience.hpp"

namespace tickcast::feed {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

std::string text_of(const tcp::endpoint& at) {
  const std::string host = at.address().to_string();
  return (at.address().is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(at.port());
}

// A publisher whose machine has vanished must not keep the feed looking alive: found out within a minute.
void keep_alive(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 30);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 3);
}

}  // namespace

// One connection. It keeps itself alive by its handlers, and says when it is done.
class tcp_source::publisher : public std::enable_shared_from_this<publisher> {
 public:
  publisher(tcp_source& home, tcp::socket socket, std::string address)
      : home_(home),
        socket_(std::move(socket)),
        timer_(home.io_),
        address_(std::move(address)),
        intake_(home.to_, home.counts_, home.log_, address_) {}

  void read() {
    const auto room = intake_.room();
    socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
                            [self = shared_from_this()](error_code error, std::size_t got) { self->took(error, got); });
  }

  void close() {
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

  const std::string& address() const { return address_; }
  const line_intake& intake() const { return intake_; }

 private:
  void took(error_code error, std::size_t got) {
    if (!socket_.is_open()) return;
    const arrival at = arrival::now();
    intake_.filled(got);
    if (error == boost::asio::error::eof) intake_.finish();  // what a reset cuts off is no line
    intake_.drain(at);
    home_.to_.commit();
    error ? home_.left(shared_from_this()) : read_when_there_is_room(at);
  }

  void read_when_there_is_room(const arrival& at) {
    if (!patience_.wait(home_.to_.crowded(at.mono_ns), at.mono_ns)) return read();
    timer_.expires_after(patience::pause);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->read_when_there_is_room(arrival::now());
    });
  }

  tcp_source& home_;
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  const std::string address_;
  line_intake intake_;
  patience patience_{std::chrono::milliseconds{50}};
};

tcp_source::tcp_source(std::string name, listen_settings settings, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)),
      settings_(std::move(settings)),
      io_(io),
      to_(to),
      log_(this->name()),
      acceptor_(io),
      retry_(io) {}

tcp_source::~tcp_source() = default;

void tcp_source::start() {
  const auto check = [this](const char* what, const error_code& error) {
    if (error) throw std::runtime_error("feed '" + name() + "': cannot " + what + ": " + error.message());
  };
  error_code error;
  tcp::resolver resolver{io_};
  const auto found =
      resolver.resolve(settings_.host, std::to_string(settings_.port), tcp::resolver::passive, error);
  check(("find the address of " + settings_.host).c_str(), error);
  // A name such as localhost has both families: the one that every publisher can reach.
  const auto v4 = std::find_if(found.begin(), found.end(), [](const auto& e) { return e.endpoint().address().is_v4(); });
  const tcp::endpoint at = v4 == found.end() ? found.begin()->endpoint() : v4->endpoint();
  const std::string listen = "listen on " + text_of(at);
  acceptor_.open(at.protocol(), error);
  check(listen.c_str(), error);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  check(listen.c_str(), error);
  acceptor_.bind(at, error);
  check(listen.c_str(), error);
  acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  check(listen.c_str(), error);
  const tcp::endpoint bound = acceptor_.local_endpoint(error);
  check(listen.c_str(), error);
  port_ = bound.port();
  spdlog::info("feed {} listening on {}", name(), text_of(bound));
  accept();
}

void tcp_source::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& who : publishers_) who->close();
  publishers_.clear();
  count_publishers();
}

void tcp_source::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      welcome(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: trying at once again would spin.
    spdlog::warn("feed {}: cannot accept a publisher: {}", name(), error.message());
    retry_.expires_after(std::chrono::milliseconds{100});
    retry_.async_wait([this](error_code stopped) {
      if (!stopped) accept();
    });
  });
}

void tcp_source::welcome(tcp::socket socket) {
  error_code error;
  const tcp::endpoint from = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const std::string address = text_of(from);
  if (publishers_.size() == publishers_max) {
    spdlog::warn("feed {}: {} turned away: {} publishers are connected, which is the most", name(), address,
                 publishers_max);
    return;
  }
  keep_alive(socket);
  const auto who = std::make_shared<publisher>(*this, std::move(socket), address);
  publishers_.insert(who);
  count_publishers();
  spdlog::info("feed {}: publisher {} connected ({} now)", name(), address, publishers_.size());
  who->read();
}

void tcp_source::left(const std::shared_ptr<publisher>& who) {
  who->close();
  publishers_.erase(who);
  count_publishers();
  spdlog::info("feed {}: publisher {} left after {} ticks and {} bad lines ({} now)", name(), who->address(),
               who->intake().taken(), who->intake().bad(), publishers_.size());
}

void tcp_source::count_publishers() {
  counts_.publishers.set(publishers_.size());
  set_live(!publishers_.empty());
}

}  // namespace tickcast::feed
