// The comparison: the WebSocket fan-out server an ordinary good engineer writes with Boost.Beast, after its own chat example.
//
// One thread, websocket over asio's ssl::stream, a message built once and shared by all who get it (shared_ptr<string>), a queue per
// session, one async_write per message. It makes its own trades with the statistics of tickcast's `sim:` (rate, popularity of symbols,
// flurries of trades in one symbol), understands the subscribe command of the native protocol, and sends frames of the same form and
// size: so the same load generator drives both and the work is the same. Nothing is done to make it slow: -O3, TCP_NODELAY, TLS 1.3 AES-128-GCM with a P-256 key, no compression, symbols
// indexed densely. What it has not: coalescing, limits, snapshots, heartbeats, metrics; a slow client fills its memory.
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

using message = std::shared_ptr<const std::string>;

struct options {
  std::uint16_t port = 0;
  std::string certificate, key;
  std::uint32_t symbols = 1000;
  double rate = 2000;       // ticks a second over all symbols
  std::uint32_t tick_us = 1000; // ticks are made in bursts, one burst each tick_us
  std::uint64_t seed = 7;
  std::string prefix = "S";
};

class session;

// Who hears which symbol.
class market {
public:
  struct symbol {
    std::string name;
    std::uint64_t n = 0;
    std::int64_t cents = 0;
    std::vector<session*> listeners;
  };

  explicit market(const options& what) : random_(what.seed), prefix_(what.prefix) {
    std::vector<double> weights;
    for (std::uint32_t i = 0; i < what.symbols; ++i) {
      char name[32];
      std::snprintf(name, sizeof name, "%s%05u", prefix_.c_str(), i);
      symbols_.push_back({name, 0, std::int64_t(1000 + random_() % 49000), {}});
      weights.push_back((0.5 + double(random_() % 1000) / 1000) / std::pow(i + 5.0, 0.6));
    }
    popularity_ = {weights.begin(), weights.end()};
  }

  symbol* find(std::string_view name) {
    std::uint32_t index = 0;
    if (!name.starts_with(prefix_)) return nullptr;
    name.remove_prefix(prefix_.size());
    if (std::from_chars(name.data(), name.data() + name.size(), index).ec != std::errc{} || index >= symbols_.size()) return nullptr;
    return &symbols_[index];
  }

  void leave(session* one) {
    for (auto& symbol : symbols_) std::erase(symbol.listeners, one);
  }

  // One trade, or a flurry of them in one symbol; says how many.
  int trade();

private:
  void trade(symbol& what);

  std::mt19937_64 random_;
  std::string prefix_;
  std::vector<symbol> symbols_;
  std::discrete_distribution<std::size_t> popularity_;
};

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, asio::ssl::context& context, market& trades) : stream_(std::move(socket), context), market_(trades) {}
  ~session() { market_.leave(this); }

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
        self->market_.leave(self.get());
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
    std::string known, failed;
    while (true) {
      auto begin = text.find('"'), end = text.find('"', begin + 1);
      if (begin == text.npos || end == text.npos) break;
      auto name = text.substr(begin + 1, end - begin - 1);
      if (auto* symbol = market_.find(name)) {
        symbol->listeners.push_back(this);
        known += (known.empty() ? "{\"s\":\"" : ",{\"s\":\"") + symbol->name + "\",\"n\":" + std::to_string(symbol->n) + "}";
      } else {
        failed += (failed.empty() ? "{\"s\":\"" : ",{\"s\":\"") + std::string(name) + "\",\"code\":\"unknown_symbol\"}";
      }
      text.remove_prefix(end + 1);
    }
    send(std::make_shared<const std::string>("[{\"e\":\"subscribed\",\"id\":1,\"channel\":\"trades\",\"symbols\":[" + known + "],\"failed\":[" + failed + "]}]"));
  }

  websocket::stream<asio::ssl::stream<tcp::socket>> stream_;
  market& market_;
  beast::flat_buffer buffer_;
  std::deque<message> queue_;
};

int market::trade() {
  auto& one = symbols_[popularity_(random_)];
  int count = random_() % 100 < 3 ? int(3 + random_() % 9) : 1;
  for (int i = 0; i < count; ++i) trade(one);
  return count;
}

void market::trade(symbol& symbol) {
  symbol.cents = std::max<std::int64_t>(100, symbol.cents + std::int64_t(random_() % 5) - 2);
  ++symbol.n;
  if (symbol.listeners.empty()) return;
  auto t = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto draw = random_();
  char text[200];
  int size = std::snprintf(text, sizeof text, R"([{"e":"trade","s":"%s","n":%llu,"t":%lld,"p":%lld.%02lld,"q":%u,"side":"%s","x":"%c"}])", symbol.name.c_str(),
                           static_cast<unsigned long long>(symbol.n), static_cast<long long>(t), static_cast<long long>(symbol.cents / 100),
                           static_cast<long long>(symbol.cents % 100), unsigned(1 + draw % 900), draw & 1024 ? "buy" : "sell", "QNPZKD"[draw / 2048 % 6]);
  auto shared = std::make_shared<const std::string>(text, std::size_t(size));
  for (auto* listener : symbol.listeners) listener->send(shared);
}

// Makes the ticks that have fallen due since the start, however late the timer is: the rate holds.
class ticker {
public:
  ticker(asio::io_context& io, market& trades, const options& what)
      : timer_(io), market_(trades), per_burst_(what.rate * what.tick_us / 1e6), interval_(what.tick_us), next_(std::chrono::steady_clock::now()) {}

  void start() {
    next_ += interval_;
    timer_.expires_at(next_);
    timer_.async_wait([this](beast::error_code error) {
      if (error) return;
      for (due_ += per_burst_; due_ >= 1;) due_ -= market_.trade();
      start();
    });
  }

private:
  asio::steady_timer timer_;
  market& market_;
  double per_burst_, due_ = 0;
  std::chrono::microseconds interval_;
  std::chrono::steady_clock::time_point next_;
};

class door {
public:
  door(asio::io_context& io, asio::ssl::context& context, market& trades, std::uint16_t port)
      : acceptor_(io, {asio::ip::address_v4::loopback(), port}), context_(context), market_(trades) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!error) std::make_shared<session>(std::move(socket), context_, market_)->start();
      start();
    });
  }

private:
  tcp::acceptor acceptor_;
  asio::ssl::context& context_;
  market& market_;
};

constexpr const char* usage = R"(bench_beast: a plain Boost.Beast WebSocket server with simulated trades, to compare with

  bench_beast --cert FILE --key FILE [--port P] [--symbols S] [--rate R] [--tick-us U] [--seed N] [--prefix X]

Ticks are made in bursts of R*U/1000000 every U microseconds (1000). Port 0 (default): a free one.
Announces `ready listen=127.0.0.1:PORT` on standard error.
)";

options read_options(int argc, char** argv) {
  options what;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--help") { std::fputs(usage, stdout); std::exit(0); }
    if (i + 1 == argc) { std::fprintf(stderr, "bench_beast: no value after %s\n", argv[i]); std::exit(2); }
    const char* value = argv[++i];
    if (name == "--port") what.port = std::uint16_t(std::atoi(value));
    else if (name == "--cert") what.certificate = value;
    else if (name == "--key") what.key = value;
    else if (name == "--symbols") what.symbols = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--rate") what.rate = std::atof(value);
    else if (name == "--tick-us") what.tick_us = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--seed") what.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--prefix") what.prefix = value;
    else { std::fprintf(stderr, "bench_beast: no such option: %s\n", argv[i - 1]); std::exit(2); }
  }
  return what;
}

} // namespace

int main(int argc, char** argv) {
  auto what = read_options(argc, argv);
  try {
    asio::io_context io(1);
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(what.certificate);
    context.use_private_key_file(what.key, asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context.native_handle(), "TLS_AES_128_GCM_SHA256");

    market trades(what);
    ticker ticks(io, trades, what);
    door entrance(io, context, trades, what.port);
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
