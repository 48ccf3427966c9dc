// A bot's eyes in C++: the book of one symbol, checked after each message, over any number of connections.
//
//   g++ -std=c++20 -O2 bot.cpp -o bot -lssl -lcrypto -pthread     (Boost 1.75 or newer, OpenSSL)
//   ./bot wss://localhost:8443 AAPL --insecure
//
// It knows of tickcast what docs/protocol.md says, and nothing else. When the connection is lost it comes back and goes on
// from the last number (`resume`); what was lost is printed as a gap. What a strategy would do stands where it prints.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/crc.hpp>
#include <boost/json/src.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;
using stream = beast::websocket::stream<beast::ssl_stream<beast::tcp_stream>>;
using namespace std::chrono_literals;

// A number as it was written: shortest, plain, no exponent.
std::string plain(double value) {
  char text[400];
  return {text, std::to_chars(text, std::end(text), value, std::chars_format::fixed).ptr};
}

class book {
 public:
  // False when the server's checksum says that this is not its book.
  bool take(const json::object& message) {
    if (message.contains("snap")) bids_.clear(), asks_.clear();
    if (const auto* side = message.if_contains("b")) change(bids_, side->as_array());
    if (const auto* side = message.if_contains("a")) change(asks_, side->as_array());
    const auto* sum = message.if_contains("sum");
    return !sum || sum->to_number<std::uint32_t>() == checksum();
  }

  void print(std::uint64_t n) const { std::cout << "book " << n << ' ' << best(bids_) << " | " << best(asks_) << std::endl; }

 private:
  template <class Side>
  static void change(Side& side, const json::array& levels) {
    for (const auto& level : levels) {
      const double price = level.at(0).to_number<double>(), size = level.at(1).to_number<double>();
      if (size == 0) side.erase(price);
      else side[price] = size;
    }
  }

  template <class Side>
  static std::string best(const Side& side) {
    return side.empty() ? "-" : plain(side.begin()->first) + " × " + plain(side.begin()->second);
  }

  // Kraken's (v2): asks up, bids down, ten each; price and size without the point and without zeros in front.
  std::uint32_t checksum() const {
    boost::crc_32_type crc;
    const auto add = [&](double value) {
      std::string digits = plain(value);
      std::erase_if(digits, [](char c) { return c == '.' || c == '-'; });
      digits.erase(0, digits.find_first_not_of('0'));
      crc.process_bytes(digits.data(), digits.size());
    };
    const auto add_side = [&](const auto& side) {
      int left = 10;
      for (const auto& [price, size] : side)
        if (left-- > 0) add(price), add(size);
    };
    add_side(asks_);
    add_side(bids_);
    return crc.checksum();
  }

  std::map<double, double, std::greater<>> bids_;  // the best first, as in asks_
  std::map<double, double> asks_;
};

// What coming back does not help against.
struct refused : std::runtime_error {
  using runtime_error::runtime_error;
};

struct address {
  std::string host, port, path;

  static std::optional<address> parse(const std::string& url) {
    std::smatch part;
    if (!std::regex_match(url, part, std::regex{R"(wss://([^/:?#\s]+)(?::(\d{1,5}))?(/\S*)?)"})) return {};
    return address{part[1], part[2].matched ? part[2].str() : "443", part[3].length() > 1 ? part[3].str() : "/v1/stream"};
  }
};

class bot {
 public:
  bot(address server, std::string symbol, bool insecure) : server_(std::move(server)), symbol_(std::move(symbol)) {
    tls_.set_default_verify_paths();
    tls_.set_verify_mode(insecure ? asio::ssl::verify_none : asio::ssl::verify_peer);
  }

  // Until the server does not want it, or does not have its symbol.
  void run() {
    std::mt19937 dice{std::random_device{}()};
    for (auto ceiling = 500ms;;) {
      retry_.reset();
      try {
        converse();
      } catch (const refused& e) {
        std::cerr << e.what() << std::endl;
        return;
      } catch (const beast::system_error& e) {
        std::cout << "lost: " << e.code().message() << std::endl;
      } catch (const std::exception& e) {
        std::cout << "lost: " << e.what() << std::endl;
      }
      // The slot that the server gave, or anything up to a ceiling that doubles until a connection was good for something.
      ceiling = heard_ ? 500ms : std::min<std::chrono::milliseconds>(2 * ceiling, 30s);
      heard_ = false;
      const auto wait = retry_.value_or(std::chrono::milliseconds{dice() % static_cast<unsigned>(ceiling.count())});
      std::cout << "reconnecting in " << wait.count() << " ms" << std::endl;
      std::this_thread::sleep_for(wait);
    }
  }

 private:
  // One connection, until it is closed.
  void converse() {
    asio::io_context io;
    stream socket{io, tls_};
    auto& tcp = beast::get_lowest_layer(socket);
    const auto done = [&](auto start) {  // runs one step, which takes 25 s at most: the server speaks each 5 s
      beast::error_code error;
      tcp.expires_after(25s);
      start([&](beast::error_code e, auto&&...) { error = e; });
      io.restart();
      io.run();
      if (error) throw beast::system_error{error};
    };
    const auto found = asio::ip::tcp::resolver{io}.resolve(server_.host, server_.port);
    done([&](auto then) { tcp.async_connect(found, then); });
    SSL_set_tlsext_host_name(socket.next_layer().native_handle(), server_.host.c_str());
    SSL_set1_host(socket.next_layer().native_handle(), server_.host.c_str());
    done([&](auto then) { socket.next_layer().async_handshake(asio::ssl::stream_base::client, then); });
    done([&](auto then) { socket.async_handshake(server_.host + ":" + server_.port, server_.path, then); });
    beast::flat_buffer frame;
    try {
      for (;;) {
        done([&](auto then) { socket.async_read(frame, then); });
        const auto messages = json::parse({static_cast<const char*>(frame.data().data()), frame.size()});
        frame.consume(frame.size());
        for (const auto& message : messages.as_array())
          if (const auto command = take(message.as_object()))
            done([&](auto then) { socket.async_write(asio::buffer(*command), then); });
      }
    } catch (const beast::system_error& e) {
      if (e.code() != beast::websocket::error::closed) throw;
    }
    const auto code = socket.reason().code;
    const std::string why = "closed: " + std::to_string(code) + ' ' + socket.reason().reason.c_str();
    if (code >= 4500 && code <= 4999) throw refused{why};  // it says not to come back
    std::cout << why << std::endl;
  }

  // Takes one message, and says what to answer.
  std::optional<std::string> take(const json::object& message) {
    const std::string_view kind = message.at("e").as_string();
    const auto number = [&](const char* key) { return message.at(key).to_number<std::uint64_t>(); };
    if (kind == "welcome") {
      session_epoch_ = message.at("epoch").as_string();
      std::cout << "live" << std::endl;
      return subscribe();
    }
    if (kind == "subscribed") return subscribed(message);
    if (kind == "bye") retry_ = std::chrono::milliseconds{number("retry_ms")};
    if (kind == "error") failed(message);
    if (kind == "gap") {  // the whole book follows by itself
      gap(number("f"), number("n"), message.at("why").as_string().c_str());
      valid_ = false;
      last_ = number("n");
    }
    if (kind != "book") return {};

    const auto n = number("n"), first = message.contains("f") ? number("f") : n;
    const bool whole = message.contains("snap");
    if (!whole && (!valid_ || n <= last_)) return {};
    if (last_ && first > last_ + 1) {
      gap(last_ + 1, first - 1, "hole");
      if (!whole) return anew();
    }
    last_ = n;
    epoch_ = session_epoch_;
    valid_ = book_.take(message);
    if (!valid_) {
      std::cout << "the checksum is wrong" << std::endl;
      return anew();
    }
    heard_ = true;
    book_.print(n);
    return {};
  }

  std::string subscribe() const {
    json::object command{{"op", "subscribe"}, {"id", 1}, {"channel", "book"}, {"symbols", json::array{symbol_}}};
    if (last_) command["resume"] = json::object{{"epoch", epoch_}, {"n", json::object{{symbol_, last_}}}};
    return json::serialize(command);
  }

  // A symbol that was known will be known again to a server that was started anew; any other answer stays what it is.
  void failed(const json::object& error) const {
    const std::string_view code = error.at("code").as_string();
    const std::string why = error.at("message").as_string().c_str();
    if (!error.contains("id")) std::cout << "error: " << why << std::endl;
    else if (code == "rate_limited" || code == "internal" || (code == "unknown_symbol" && known_)) throw std::runtime_error{why};
    else throw refused{"the book of " + symbol_ + " cannot be had: " + why};
  }

  // Another epoch is another count. In the same one what was missed is seen by the snapshot's number.
  std::optional<std::string> subscribed(const json::object& ack) {
    known_ = true;
    for (const auto& entry : ack.at("symbols").as_array()) {
      const auto* recovered = entry.as_object().if_contains("recovered");
      valid_ = recovered && recovered->as_bool();
      if (recovered) std::cout << (valid_ ? "resumed behind " : "not recovered behind ") << last_ << std::endl;
    }
    if (!valid_ && last_ && epoch_ != session_epoch_) {
      std::cout << "gap: a new epoch" << std::endl;
      last_ = 0;
    }
    return {};
  }

  // The whole book once more.
  std::string anew() {
    valid_ = false;
    last_ = 0;
    return subscribe();
  }

  void gap(std::uint64_t first, std::uint64_t last, const char* why) {
    std::cout << "gap " << first << "…" << last << ": " << why << std::endl;
  }

  asio::ssl::context tls_{asio::ssl::context::tls_client};
  const address server_;
  const std::string symbol_;
  book book_;
  bool known_ = false;           // whether the server ever had it
  bool valid_ = false;           // whether changes may be applied
  std::uint64_t last_ = 0;       // number of the last message taken, of epoch_
  std::string epoch_, session_epoch_;
  bool heard_ = false;           // whether this connection brought anything
  std::optional<std::chrono::milliseconds> retry_;
};

int main(int count, char** words) {
  std::vector<std::string> given;
  bool insecure = false, understood = true;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (!word.starts_with("--")) given.push_back(word);
    else if (word == "--insecure") insecure = true;
    else understood = false;
  }
  if (!understood || given.size() != 2) {
    std::cerr << "usage: bot wss://HOST:PORT SYMBOL [--insecure]\n";
    return 2;
  }
  const auto server = address::parse(given[0]);
  if (!server) {
    std::cerr << '"' << given[0] << "\" is no address of a server; it is like wss://HOST:8443\n";
    return 2;
  }
  bot{*server, given[1], insecure}.run();
  return 1;  // coming back would not have helped
}
