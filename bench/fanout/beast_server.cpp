// The comparison: the WebSocket fan-out server an ordinary good engineer writes with Boost.Beast, after its own chat example.
//
// One thread, websocket over asio's ssl::stream, a message built once and shared by all who get it (shared_ptr<string>), a queue per
// session, one async_write per message. It understands the subscribe command of the native protocol, and sends frames of the same form
// and size as tickcast (market.hpp): so the same load generator drives both and the work is the same. Nothing is done to make it slow: -O3, TCP_NODELAY, TLS 1.3 AES-128-GCM with a P-256 key, no compression, symbols
// indexed densely. What it has not: coalescing, limits, snapshots, heartbeats, metrics; a slow client fills its memory.
#include "market.hpp"
#include "market_options.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

using message = std::shared_ptr<const std::string>;

using options = bench::market_options;

class session;

// Who hears which symbol.
class audience {
public:
  explicit audience(const options& what) : market_(what.symbols, what.prefix, what.seed), listeners_(what.symbols) {}

  std::string join(session* one, const std::vector<std::string_view>& names) {
    std::vector<std::uint32_t> found;
    auto answer = market_.acknowledge(names, found);
    for (auto symbol : found) listeners_[symbol].push_back(one);
    return answer;
  }
  void leave(session* one) {
    for (auto& listeners : listeners_) std::erase(listeners, one);
  }
  void trade(std::int64_t t_us);

private:
  bench::market market_;
  std::vector<std::vector<session*>> listeners_;
};

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, asio::ssl::context& context, audience& all) : stream_(std::move(socket), context), all_(all) {}
  ~session() { all_.leave(this); }

  void start() {
    beast::get_lowest_layer(stream_).set_option(tcp::no_delay(true));
    stream_.next_layer().async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](beast::error_code error) {
      if (error) return;
      self->stream_.async_accept([self](beast::error_code refused) {
        if (refused) return;
        self->stream_.text(true);
        self->read();
      });
    });
  }

  void send(message text) {
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) write();
  }

private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) {
        self->all_.leave(self.get());
        return;
      }
      self->command(beast::buffers_to_string(self->buffer_.data()));
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  void write() {
    stream_.async_write(asio::buffer(*queue_.front()), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  // {"op":"subscribe","id":1,"channel":"trades","symbols":["S00001",…]}: the only command, and read no further than its symbols.
  void command(std::string_view text) {
    constexpr std::string_view list = "\"symbols\":[";
    auto at = text.find(list);
    if (at == text.npos || text.find("\"subscribe\"") == text.npos) {
      send(std::make_shared<const std::string>(R"([{"e":"error","code":"bad_command","message":"send subscribe with symbols"}])"));
      return;
    }
    text = text.substr(at + list.size(), text.find(']', at) - at - list.size());
    std::vector<std::string_view> names;
    while (true) {
      auto begin = text.find('"'), end = text.find('"', begin + 1);
      if (begin == text.npos || end == text.npos) break;
      names.push_back(text.substr(begin + 1, end - begin - 1));
      text.remove_prefix(end + 1);
    }
    send(std::make_shared<const std::string>("[" + all_.join(this, names) + "]"));
  }

  websocket::stream<asio::ssl::stream<tcp::socket>> stream_;
  audience& all_;
  beast::flat_buffer buffer_;
  std::deque<message> queue_;
};

void audience::trade(std::int64_t t_us) {
  auto symbol = market_.next();
  if (listeners_[symbol].empty()) return;
  auto shared = std::make_shared<const std::string>("[" + std::string(market_.text(symbol, t_us)) + "]");
  for (auto* listener : listeners_[symbol]) listener->send(shared);
}

// Makes the ticks that have fallen due since the start, however late the timer is: the rate holds. They come together, so they
// have one time: what one waits for the others is a part of its way.
class ticker {
public:
  ticker(asio::io_context& io, audience& all, const options& what)
      : timer_(io), all_(all), due_(what.rate), interval_(what.tick_us), next_(std::chrono::steady_clock::now()) {}

  void start() {
    next_ += interval_;
    timer_.expires_at(next_);
    timer_.async_wait([this](beast::error_code error) {
      if (error) return;
      const auto t_us = bench::unix_us();
      for (auto left = due_.due(); left > 0; --left) all_.trade(t_us);
      start();
    });
  }

private:
  asio::steady_timer timer_;
  audience& all_;
  bench::schedule due_;
  std::chrono::microseconds interval_;
  std::chrono::steady_clock::time_point next_;
};

class door {
public:
  door(asio::io_context& io, asio::ssl::context& context, audience& all, std::uint16_t port)
      : acceptor_(io, {asio::ip::address_v4::loopback(), port}), context_(context), all_(all) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!error) std::make_shared<session>(std::move(socket), context_, all_)->start();
      start();
    });
  }

private:
  tcp::acceptor acceptor_;
  asio::ssl::context& context_;
  audience& all_;
};

constexpr const char* usage = R"(bench_beast: a plain Boost.Beast WebSocket server with simulated trades, to compare with

  bench_beast --cert FILE --key FILE [--port P] [--symbols S] [--rate R] [--tick-us U] [--seed N] [--prefix X]

Ticks that are due are made every U microseconds (1000). Port 0 (default): a free one.
Announces `ready listen=127.0.0.1:PORT` on standard error.
)";

} // namespace

int main(int argc, char** argv) {
  auto what = bench::read_options(argc, argv, "bench_beast", usage, {"--cert", "--key"});
  try {
    asio::io_context io(1);
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(what.certificate);
    context.use_private_key_file(what.key, asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context.native_handle(), "TLS_AES_128_GCM_SHA256");

    audience all(what);
    ticker ticks(io, all, what);
    door entrance(io, context, all, what.port);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](beast::error_code, int) { std::_Exit(0); });
    entrance.start();
    ticks.start();
    std::fprintf(stderr, "ready listen=127.0.0.1:%u\n", unsigned(entrance.port()));
    io.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_beast: %s\n", error.what());
    return 2;
  }
}
