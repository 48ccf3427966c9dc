#include "fanout/admin.hpp"

#include <chrono>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <prometheus/text_serializer.h>

#include "fanout/server.hpp"
#include "wire/message.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto time_to_ask = 10s;   // from accept, or from the answer before, to a whole request
constexpr auto time_to_take = 30s;  // an answer
constexpr std::uint32_t header_max = 8 * 1024;
constexpr std::uint64_t body_max = 4 * 1024;

std::string error_json(std::string_view code, std::string_view message) {
  wire::text out;
  wire::add_http_error(out, code, message);
  out.add('\n');
  return std::string{out.view()};
}

}  // namespace

std::string readiness::json() const {
  wire::text out;
  out.add(ready() ? R"({"ready":true,"reasons":[)" : R"({"ready":false,"reasons":[)");
  for (const std::string& reason : reasons) out.add(&reason == &reasons.front() ? "" : ",").add_quoted(reason);
  out.add(R"(],"feeds":[)");
  for (const feed& f : feeds) {
    out.add(&f == &feeds.front() ? R"({"feed":)" : R"(,{"feed":)").add_quoted(f.name);
    out.add(f.live ? R"(,"live":true)" : R"(,"live":false)").add(f.stale ? R"(,"stale":true)" : R"(,"stale":false)");
    out.add(R"(,"silent_s":)").add_decimal({static_cast<std::int64_t>(f.silent_s * 1000), -3}).add('}');
  }
  out.add("]}\n");
  return std::string{out.view()};
}

// One scraper's connection: requests one after the other, until it is silent too long or says goodbye.
class admin::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(admin& owner, tcp::socket socket) : owner_(owner), stream_(std::move(socket)) { ++owner_.connections_; }
  ~connection() { --owner_.connections_; }

  void read() {
    parser_.emplace();
    parser_->header_limit(header_max);
    parser_->body_limit(body_max);
    stream_.expires_after(time_to_ask);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec == http::error::end_of_stream) return self->close();
      if (ec == http::error::header_limit || ec == http::error::body_limit || ec == http::error::buffer_overflow)
        return self->refuse(http::status::request_header_fields_too_large, "too_big", "that request is too large");
      if (ec && ec.category() == make_error_code(http::error::bad_method).category())
        return self->refuse(http::status::bad_request, "bad_request", "that is not an HTTP/1.1 request");
      if (!ec) self->answer();
    });
  }

 private:
  using response = http::response<http::string_body>;

  void answer() {
    const auto& request = parser_->get();
    const std::string_view target{request.target().data(), request.target().size()};
    const std::string path{target.substr(0, target.find('?'))};
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz";
    if (!known)
      return send(http::status::not_found, json_type,
                  error_json("not_found", "there are /metrics, /healthz and /readyz"));
    if (request.method() != http::verb::get && !head_)
      return send(http::status::method_not_allowed, json_type,
                  error_json("method_not_allowed", path + " is only read: use GET"), "GET, HEAD");
    if (path == "/healthz") return send(http::status::ok, json_type, "{\"alive\":true}\n");
    if (path == "/readyz") {
      const readiness now = owner_.ready_();
      return send(now.ready() ? http::status::ok : http::status::service_unavailable, json_type, now.json());
    }
    send(http::status::ok, "text/plain; version=0.0.4; charset=utf-8", owner_.metrics());
  }

  void refuse(http::status status, std::string_view code, std::string_view message) {
    keep_alive_ = head_ = false;
    send(status, json_type, error_json(code, message));
  }

  void send(http::status status, std::string_view type, std::string body, std::string_view allow = {}) {
    response_.emplace(status, 11);
    response_->set(http::field::content_type, {type.data(), type.size()});
    response_->set(http::field::cache_control, "no-store");
    if (!allow.empty()) response_->set(http::field::allow, {allow.data(), allow.size()});
    response_->keep_alive(keep_alive_);
    response_->content_length(body.size());
    if (!head_) response_->body() = std::move(body);
    serializer_.emplace(*response_);
    stream_.expires_after(time_to_take);
    const auto written = [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return;
      self->keep_alive_ ? self->read() : self->close();
    };
    if (head_)
      http::async_write_header(stream_, *serializer_, written);
    else
      http::async_write(stream_, *serializer_, written);
  }

  // Lets the peer read what we wrote before the socket goes: a reset could overtake it.
  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(1s);
    stream_.async_read_some(asio::buffer(last_), [self = shared_from_this()](error_code, std::size_t) {});
  }

  static constexpr std::string_view json_type = "application/json";

  admin& owner_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{header_max + body_max};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<response> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  char last_[512];
  bool keep_alive_ = false;
  bool head_ = false;
};

admin::admin(const tcp::endpoint& listen, collectables collect, std::function<readiness()> ready)
    : acceptor_(io_), collect_(std::move(collect)), ready_(std::move(ready)) {
  error_code ec;
  acceptor_.open(listen.protocol(), ec);
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec) acceptor_.bind(listen, ec);
  if (!ec) acceptor_.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) {
    std::ostringstream where;
    where << listen;
    throw start_error("cannot listen on " + where.str() + " for operators (admin): " + ec.message());
  }
}

admin::~admin() { stop(); }

void admin::start() {
  accept();
  thread_ = std::thread{[this] { io_.run(); }};
  pthread_setname_np(thread_.native_handle(), "admin");
}

void admin::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void admin::accept() {
  acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted) return;
    if (ec) {  // no descriptor is left: some will be given back, and nothing is gained by spinning
      auto pause = std::make_shared<asio::steady_timer>(io_, 100ms);
      return pause->async_wait([this, pause](error_code) { accept(); });
    }
    if (connections_ < connections_max) std::make_shared<connection>(*this, std::move(socket))->read();
    accept();  // a socket that nobody took closes here
  });
}

std::string admin::metrics() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& collectable : collect_) {
    std::vector<prometheus::MetricFamily> more = collectable->Collect();
    families.insert(families.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace tickcast::fanout
