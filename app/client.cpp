#include "app/client.hpp"

#include <deque>
#include <stdexcept>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/version.hpp"
#include "fanout/subprotocol.hpp"

namespace tickcast::app {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

struct dialer::shared {
  asio::io_context& io;
  std::string agent;
  bool insecure;
  asio::ssl::context tls{asio::ssl::context::tls_client};
};

namespace {

using plain_stream = websocket::stream<beast::tcp_stream>;
using tls_stream = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

// What kept it from becoming a connection, or ended it.
struct trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The connection itself. It lives until its coroutine has seen the end, which may be after the client has gone.
template <class Stream, class Shared>
class conversation : public std::enable_shared_from_this<conversation<Stream, Shared>> {
 public:
  conversation(std::shared_ptr<Shared> with, const url& server, Stream stream, client::listener& to, wire::encoding as)
      : with_(std::move(with)), server_(server), encoding_(as), stream_(std::move(stream)), to_(&to) {}

  void start() {
    asio::co_spawn(with_->io, run(this->shared_from_this()), asio::detached);
  }

  void send(std::string text) {
    unsent_.push_back(std::move(text));
    if (unsent_.size() == 1) write();
  }

  void close() {
    if (std::exchange(closing_, true)) return;
    if (!stream_.is_open()) return lowest().close();
    stream_.async_close(websocket::close_code::normal, [self = this->shared_from_this()](error_code) {});
  }

  void cut() {
    to_ = nullptr;
    error_code ignored;
    lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
    lowest().close();
  }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  asio::awaitable<void> run(std::shared_ptr<conversation>) {
    farewell how;
    try {
      co_await open();
      how.opened = true;
      if (to_ && !closing_) to_->opened();
      co_await listen();
    } catch (const trouble& error) {
      how.sentence = error.what();
    } catch (const std::exception& error) {  // an option of the socket, which the system refused
      how.sentence = fmt::format("the connection to {} broke: {}", server_.authority(), error.what());
    }
    if (ended_by_server_) {
      how.code = stream_.reason().code;
      how.reason.assign(stream_.reason().reason.data(), stream_.reason().reason.size());
    }
    error_code ignored;
    lowest().socket().close(ignored);
    client::listener* const to = std::exchange(to_, nullptr);
    if (to) closing_ ? to->closed() : to->ended(how);
  }

  asio::awaitable<void> open() {
    co_await connect();
    if constexpr (std::is_same_v<Stream, tls_stream>) co_await secure();
    co_await upgrade();
  }

  // Until the end, which it throws unless it was ours.
  asio::awaitable<void> listen() {
    beast::flat_buffer buffer;
    while (to_) {
      error_code ec;
      co_await stream_.async_read(buffer, asio::redirect_error(use_awaitable, ec));
      if (!to_) co_return;
      ended_by_server_ = ec == websocket::error::closed && !closing_;
      if (ec && closing_) co_return;
      if (ec) throw trouble(ended(ec));
      const auto bytes = buffer.cdata();
      if (!closing_) to_->frame({static_cast<const char*>(bytes.data()), bytes.size()}, stream_.got_binary());
      buffer.consume(buffer.size());
    }
  }

  void write() {
    stream_.async_write(asio::buffer(unsent_.front()), [self = this->shared_from_this()](error_code ec, std::size_t) {
      if (ec || !self->to_) return;  // whoever reads finds out why
      self->unsent_.pop_front();
      if (!self->unsent_.empty()) self->write();
    });
  }

  asio::awaitable<void> connect() {
    tcp::resolver resolver{with_->io};
    error_code ec;
    const auto found =
        co_await resolver.async_resolve(server_.host, server_.port, asio::redirect_error(use_awaitable, ec));
    if (ec) throw trouble(fmt::format("{} cannot be found: {}", server_.host, ec.message()));
    if (!to_ || closing_) throw trouble("nobody waits for it any more");
    lowest().expires_after(10s);
    co_await lowest().async_connect(found, asio::redirect_error(use_awaitable, ec));
    if (ec) throw trouble(fmt::format("cannot connect to {}: {}", server_.authority(), ec.message()));
    lowest().socket().set_option(tcp::no_delay{true});
  }

  asio::awaitable<void> secure() {
    auto& tls = stream_.next_layer();
    const std::string& host = server_.host;
    error_code numeric;
    asio::ip::make_address(host, numeric);
    if (numeric) SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());  // an address may not be in SNI
    if (!with_->insecure) {
      tls.set_verify_mode(asio::ssl::verify_peer);
      tls.set_verify_callback(asio::ssl::host_name_verification{host});
    }
    error_code ec;
    co_await tls.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, ec));
    if (!ec) co_return;
    const long verdict = SSL_get_verify_result(tls.native_handle());
    if (!with_->insecure && verdict != X509_V_OK)
      throw trouble(fmt::format("the certificate of {} cannot be trusted: {} (--insecure takes any)",
                                server_.authority(), X509_verify_cert_error_string(verdict)));
    throw trouble(fmt::format("no TLS with {}: {} (ws:// connects without)", server_.authority(), ec.message()));
  }

  asio::awaitable<void> upgrade() {
    lowest().expires_never();  // the websocket has timeouts of its own
    stream_.set_option(websocket::stream_base::timeout{10s, 60s, true});
    stream_.read_message_max(16 * 1024 * 1024);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(beast::http::field::user_agent, fmt::format("{}/{}", with_->agent, version()));
      request.set(beast::http::field::sec_websocket_protocol, fanout::subprotocol_of(encoding_));
    }));
    websocket::response_type answer;
    error_code ec;
    const std::string authority = server_.authority();
    co_await stream_.async_handshake(answer, authority, server_.path, asio::redirect_error(use_awaitable, ec));
    if (ec == websocket::error::upgrade_declined)
      throw trouble(fmt::format("{} is no stream: {} answered {} {}", server_.path, authority, answer.result_int(),
                                std::string_view{answer.reason().data(), answer.reason().size()}));
    if (ec)
      throw trouble(fmt::format("{} does not speak WebSocket: {}{}", authority, ec.message(),
                                server_.tls ? "" : " (wss:// connects by TLS)"));
    const auto agreed = answer[beast::http::field::sec_websocket_protocol];
    const std::string_view asked = fanout::subprotocol_of(encoding_);
    if (encoding_ != wire::encoding::json && asked != std::string_view{agreed.data(), agreed.size()})
      throw trouble(fmt::format("{} does not speak {}; leave --encoding out", authority, asked));
  }

  std::string ended(error_code ec) const {
    if (ec != websocket::error::closed) return "the connection broke: " + ec.message();
    const auto& why = stream_.reason();
    return fmt::format("the server closed the connection: {} {}", static_cast<unsigned>(why.code),
                       std::string_view{why.reason.data(), why.reason.size()});
  }

  const std::shared_ptr<Shared> with_;
  const url server_;
  const wire::encoding encoding_;
  Stream stream_;
  client::listener* to_;  // null: nobody listens any more
  std::deque<std::string> unsent_;
  bool closing_ = false;
  bool ended_by_server_ = false;
};

template <class Conversation>
class handle final : public client {
 public:
  explicit handle(std::shared_ptr<Conversation> with) : with_(std::move(with)) { with_->start(); }
  ~handle() override { with_->cut(); }
  void send(std::string text) override { with_->send(std::move(text)); }
  void close() override { with_->close(); }
  void cut() override { with_->cut(); }

 private:
  const std::shared_ptr<Conversation> with_;
};

template <class Stream, class Shared>
std::unique_ptr<client> converse(std::shared_ptr<Shared> with, const url& server, Stream stream, client::listener& to,
                                 wire::encoding as) {
  using kind = conversation<Stream, Shared>;
  return std::make_unique<handle<kind>>(std::make_shared<kind>(std::move(with), server, std::move(stream), to, as));
}

}  // namespace

dialer::dialer(asio::io_context& io, std::string_view agent, bool insecure)
    : shared_(new shared{io, std::string{agent}, insecure}) {
  shared_->tls.set_default_verify_paths();  // the system's, or SSL_CERT_FILE's
  SSL_CTX_set_min_proto_version(shared_->tls.native_handle(), TLS1_2_VERSION);
}

dialer::~dialer() = default;

std::unique_ptr<client> dialer::dial(const url& server, client::listener& to, wire::encoding as) {
  if (server.tls) return converse(shared_, server, tls_stream{shared_->io, shared_->tls}, to, as);
  return converse(shared_, server, plain_stream{shared_->io}, to, as);
}

}  // namespace tickcast::app
