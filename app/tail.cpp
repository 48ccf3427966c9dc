#include "app/tail.hpp"

#include <csignal>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/version.hpp"
#include "wire/json_reader.hpp"
#include "wire/text.hpp"

namespace tickcast::app {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using asio::use_awaitable;
using boost::system::error_code;
using boost::system::system_error;
using namespace std::chrono_literals;

using plain_stream = websocket::stream<beast::tcp_stream>;
using tls_stream = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

// What ended the connection, for the person at the keyboard.
struct trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// stdout without a buffer of ours: a line is out when its frame is in, also in a pipe. False when nobody reads.
bool print(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, lines.data(), lines.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    lines.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::string subscribe_command(const tail_options& options) {
  wire::text out;
  out.add(R"({"op":"subscribe","id":1,"channel":)").add_quoted(options.channel).add(R"(,"symbols":[)");
  for (const std::string& symbol : options.symbols)
    out.add(&symbol == &options.symbols.front() ? "" : ",").add_quoted(symbol);
  out.add(']');
  if (!options.mode.empty()) out.add(R"(,"mode":)").add_quoted(options.mode);
  if (options.interval_ms) out.add(R"(,"interval_ms":)").add_count(*options.interval_ms);
  out.add('}');
  return std::string{out.view()};
}

// The member `key` of a message; empty when it has none.
wire::json_value member(std::string_view message, std::string_view key) {
  wire::json_walk walk{message};
  while (walk.next())
    if (walk.key() == key) return walk.value();
  return {};
}

std::string text_member(std::string_view message, std::string_view key) {
  std::string out;
  const wire::json_value value = member(message, key);
  if (value.is(wire::json_kind::string)) wire::json_unescape(value.raw, out);
  return out;
}

// Takes frames apart, prints, and knows when it is enough.
class reader {
 public:
  explicit reader(const tail_options& options) : options_(options) {}

  // False: that was the last one wanted.
  bool frame(std::string_view text) {
    out_.clear();
    bool more = true;
    wire::json_walk walk{text};
    if (options_.raw || !walk.ok() || walk.kind() != wire::json_kind::array) {
      out_.add(text).add('\n');
    } else {
      while (more && walk.next()) {
        out_.add(walk.value().raw).add('\n');
        more = message(walk.value().raw);
      }
    }
    const std::string refused = std::exchange(refused_, {});
    const bool read = print(out_.view());
    if (!refused.empty()) throw trouble(refused);
    return more && read;
  }

 private:
  bool message(std::string_view text) {
    const std::string_view event = member(text, "e").plain();
    if (event == "error") refused_ = fmt::format("the server refused: {}", text_member(text, "message"));
    if (event == "subscribed") subscribed(text);
    const bool data = !member(text, "s").raw.empty();
    return refused_.empty() && !(data && options_.count != 0 && ++counted_ == options_.count);
  }

  void subscribed(std::string_view ack) {
    wire::json_walk failed{member(ack, "failed").raw};
    std::string names;
    while (failed.next())
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", text_member(failed.value().raw, "s"),
                           text_member(failed.value().raw, "code"));
    if (names.empty()) return;
    wire::json_walk taken{member(ack, "symbols").raw};
    if (taken.next())
      std::cerr << fmt::format("tickcast: not subscribed: {}\n", names);
    else
      refused_ = "nothing to follow: " + names;
  }

  const tail_options& options_;
  wire::text out_;
  std::string refused_;
  std::uint64_t counted_ = 0;
};

// The one connection of the program, over Stream.
template <class Stream>
class conversation {
 public:
  conversation(const tail_options& options, Stream stream)
      : options_(options), stream_(std::move(stream)), reader_(options) {}

  asio::awaitable<void> run() {
    co_await connect();
    if constexpr (std::is_same_v<Stream, tls_stream>) co_await secure();
    co_await upgrade();
    const std::string command = subscribe_command(options_);
    co_await stream_.async_write(asio::buffer(command), use_awaitable);
    beast::flat_buffer buffer;
    for (;;) {
      const error_code ec = co_await read(buffer);
      if (closing_) co_return;
      if (ec) throw trouble(ended(ec));
      const auto bytes = buffer.cdata();
      if (!reader_.frame({static_cast<const char*>(bytes.data()), bytes.size()})) break;
      buffer.consume(buffer.size());
    }
    closing_ = true;
    error_code ignored;
    co_await stream_.async_close(websocket::close_code::normal, asio::redirect_error(use_awaitable, ignored));
  }

  // Says goodbye while `run` waits for a frame.
  void close() {
    if (std::exchange(closing_, true) || !stream_.is_open()) return lowest().close();
    stream_.async_close(websocket::close_code::normal, [](error_code) {});
  }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  asio::awaitable<void> connect() {
    tcp::resolver resolver{co_await asio::this_coro::executor};
    error_code ec;
    const auto found = co_await resolver.async_resolve(options_.server.host, options_.server.port,
                                                       asio::redirect_error(use_awaitable, ec));
    if (ec) throw trouble(fmt::format("{} cannot be found: {}", options_.server.host, ec.message()));
    lowest().expires_after(10s);
    co_await lowest().async_connect(found, asio::redirect_error(use_awaitable, ec));
    if (ec) throw trouble(fmt::format("cannot connect to {}: {}", options_.server.authority(), ec.message()));
    lowest().socket().set_option(tcp::no_delay{true});
  }

  asio::awaitable<void> secure() {
    auto& tls = stream_.next_layer();
    const std::string& host = options_.server.host;
    error_code numeric;
    asio::ip::make_address(host, numeric);
    if (numeric) SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());  // an address may not be in SNI
    if (!options_.insecure) {
      tls.set_verify_mode(asio::ssl::verify_peer);
      tls.set_verify_callback(asio::ssl::host_name_verification{host});
    }
    error_code ec;
    co_await tls.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, ec));
    if (!ec) co_return;
    const long verdict = SSL_get_verify_result(tls.native_handle());
    if (!options_.insecure && verdict != X509_V_OK)
      throw trouble(fmt::format("the certificate of {} cannot be trusted: {} (--insecure takes any)",
                                options_.server.authority(), X509_verify_cert_error_string(verdict)));
    throw trouble(
        fmt::format("no TLS with {}: {} (ws:// connects without)", options_.server.authority(), ec.message()));
  }

  asio::awaitable<void> upgrade() {
    lowest().expires_never();  // the websocket has timeouts of its own
    stream_.set_option(websocket::stream_base::timeout{10s, 60s, true});
    stream_.read_message_max(16 * 1024 * 1024);
    stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(beast::http::field::user_agent, fmt::format("tickcast-tail/{}", version()));
      request.set(beast::http::field::sec_websocket_protocol, "tickcast.v1.json");
    }));
    websocket::response_type answer;
    error_code ec;
    const std::string authority = options_.server.authority();
    co_await stream_.async_handshake(answer, authority, options_.server.path, asio::redirect_error(use_awaitable, ec));
    if (ec == websocket::error::upgrade_declined)
      throw trouble(fmt::format("{} is no stream: {} answered {} {}", options_.server.path, authority,
                                answer.result_int(), std::string_view{answer.reason().data(), answer.reason().size()}));
    if (ec)
      throw trouble(fmt::format("{} does not speak WebSocket: {}{}", authority, ec.message(),
                                options_.server.tls ? "" : " (wss:// connects by TLS)"));
  }

  asio::awaitable<error_code> read(beast::flat_buffer& buffer) {
    error_code ec;
    co_await stream_.async_read(buffer, asio::redirect_error(use_awaitable, ec));
    co_return ec;
  }

  std::string ended(error_code ec) const {
    if (ec != websocket::error::closed) return "the connection broke: " + ec.message();
    const auto& why = stream_.reason();
    return fmt::format("the server closed the connection: {} {}", static_cast<unsigned>(why.code),
                       std::string_view{why.reason.data(), why.reason.size()});
  }

  const tail_options& options_;
  Stream stream_;
  reader reader_;
  bool closing_ = false;
};

template <class Stream>
int converse(asio::io_context& io, const tail_options& options, Stream stream) {
  conversation<Stream> talk{options, std::move(stream)};
  int code = 0;
  asio::steady_timer patience{io};
  asio::signal_set signals{io, SIGINT, SIGTERM};
  bool interrupted = false;
  signals.async_wait([&](error_code ec, int) {
    if (ec) return;
    interrupted = true;
    talk.close();
    patience.expires_after(1s);  // a server that does not answer the goodbye
    patience.async_wait([&](error_code late) {
      if (!late) io.stop();
    });
  });
  asio::co_spawn(io, talk.run(), [&](std::exception_ptr failed) {
    io.stop();  // timers of the stream would keep it running
    if (!failed || interrupted) return;
    try {
      std::rethrow_exception(failed);
    } catch (const std::exception& error) {
      std::cerr << fmt::format("tickcast: {}\n", error.what());
      code = 1;
    }
  });
  io.run();
  return code;
}

}  // namespace

int tail(const tail_options& options) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads our stdout may leave when he has enough
  asio::io_context io{1};
  if (!options.server.tls) return converse(io, options, plain_stream{io});
  asio::ssl::context tls{asio::ssl::context::tls_client};
  tls.set_default_verify_paths();  // the system's, or SSL_CERT_FILE's
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  return converse(io, options, tls_stream{io, tls});
}

}  // namespace tickcast::app
