#include "fanout/http_front.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include "fanout/connection.hpp"
#include "fanout/origin.hpp"
#include "fanout/page.hpp"
#include "fanout/upgrade.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace http = boost::beast::http;
namespace {

constexpr std::uint32_t header_max = 16 * 1024;
constexpr std::uint64_t body_max = 64 * 1024;
constexpr std::size_t keep_room = 64 * 1024;  // of an answer that was larger, memory is given back

// The page is our own; nothing of it comes from elsewhere, and nobody may frame it.
constexpr std::string_view page_headers =
    "Content-Security-Policy: default-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nVary: Accept-Encoding\r\n";

// Of what a page of another origin may read, if it may.
constexpr std::string_view preflight_headers =
    "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Headers: If-None-Match\r\nAccess-Control-Max-Age: 86400\r\n";

// As RFC 9110 compares them where nothing but the bytes counts: weak or not.
bool matches(std::string_view list, std::string_view etag) {
  if (list == "*") return true;
  for (std::size_t at = list.find(etag); at != list.npos; at = list.find(etag, at + 1)) {
    const std::string_view rest = list.substr(at + etag.size());
    if (rest.empty() || rest.front() == ',' || rest.front() == ' ') return true;
  }
  return false;
}

bool accepts_gzip(std::string_view header) { return header.find("gzip") != std::string_view::npos; }

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// What a proxy's client sends is a whole URL, which a server has to take too (RFC 9112, 3.2.2).
std::string_view origin_form(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t path = target.find('/', scheme.size());
    return path == target.npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

void http_front::read() {
  parser_.emplace();
  parser_->header_limit(header_max);
  parser_->body_limit(body_max);
  http::async_read(connection_.way(), buffer_, *parser_,
                   [this, alive = connection_.hold()](boost::system::error_code error, std::size_t) { received(error); });
}

// Half a request deserves a word; a connection that just stays open does not.
void http_front::timed_out() {
  if (sending_) {  // a slow line may take its time, as long as it takes anything
    const std::int64_t until = connection_.bytes().progress_ns() + in_ns(connection_.all().limits.stall);
    return mono_ns() < until ? connection_.deadline(until) : connection_.terminate();
  }
  if (asked_ != 0) {
    keep_ = false;
    asked_ = 0;
    return fail(503, "unavailable", "the answer did not come in time; try again later", origin_headers_);
  }
  if (parser_ && (parser_->got_some() || buffer_.size() > 0)) {
    keep_ = false;
    compose_failure(408, "timeout", "the request did not come in time");
    connection_.way().write_data(out_.view());
  }
  connection_.finish();
}

void http_front::received(boost::system::error_code error) {
  if (connection_.over()) return;
  if (error == http::error::end_of_stream || error == boost::asio::error::eof) return connection_.finish();
  if (error.category() == http::make_error_code(http::error::bad_method).category()) return malformed(error);
  if (error) return connection_.terminate();
  request_type request = parser_->release();
  keep_ = request.keep_alive() && !connection_.draining();
  head_ = request.method() == http::verb::head;
  serve(request);
}

void http_front::malformed(boost::system::error_code error) {
  keep_ = head_ = false;
  if (error == http::error::partial_message) return connection_.finish();
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return fail(431, "too_big", "the request's header is longer than 16 KiB");
  fail(400, "bad_request", "this is not an HTTP/1.1 request: " + error.message());
}

void http_front::serve(request_type& request) {
  if (const std::string_view target = request.target(); !target.starts_with('/')) request.target(std::string{origin_form(target)});
  const std::string_view path = path_of(request.target());
  if (path == "/v1/stream" || (path == "/echo" && connection_.all().echo)) {
    upgrade_to(request, path);
  } else if (connection_.refused()) {
    keep_ = false;
    fail(503, "too_many_connections", "this server has all the connections it may have; try again later");
  } else {
    const rest_noun noun = find_noun(path);
    if (noun && connection_.all().shelf) return serve_rest(request, path, noun);
    serve_page(request, path);
  }
}

void http_front::upgrade_to(request_type& request, std::string_view path) {
  if (request.method() != http::verb::get) {
    fail(405, "bad_method", "open a WebSocket here, with GET", "Allow: GET\r\n");
  } else if (!boost::beast::websocket::is_upgrade(request)) {
    fail(426, "upgrade_required", "this is a WebSocket: connect with wss:// and a WebSocket client",
         "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  } else if (!origin_allowed(request[http::field::origin], request[http::field::host],
                             connection_.all().allowed_origins)) {
    keep_ = false;
    fail(403, "bad_origin", "pages of this origin may not connect; add it to allowed_origins");
  } else if (const auto version = request[http::field::sec_websocket_version]; version != "13") {
    fail(426, "bad_version", "Sec-WebSocket-Version must be 13", "Sec-WebSocket-Version: 13\r\n");
  } else if (request[http::field::sec_websocket_key].size() != 24) {
    fail(400, "bad_key", "Sec-WebSocket-Key must be 16 bytes in base64");
  } else {
    connection_.all().tally.answered(101);
    connection_.upgraded({std::move(request), path == "/echo"});  // this object is gone after it
  }
}

void http_front::serve_page(request_type& request, std::string_view path) {
  const asset* found = find(path);
  if (!found) return fail(404, "not_found", "there is nothing here; the stream is at /v1/stream");
  if (request.method() != http::verb::get && !head_)
    return fail(405, "bad_method", "only GET and HEAD work here", "Allow: GET, HEAD\r\n");
  client& who = connection_.client();
  if (who.user_agent.empty()) who.user_agent = request[http::field::user_agent];
  reply r;
  r.type = found->content_type;
  r.body = found->bytes;
  r.headers = fmt::format("{}ETag: {}\r\nCache-Control: no-cache\r\n", page_headers, found->etag);
  if (!found->gzip.empty() && accepts_gzip(request[http::field::accept_encoding])) {
    r.body = found->gzip;
    r.headers += "Content-Encoding: gzip\r\n";
  }
  if (request[http::field::if_none_match] == found->etag) {
    r.status = 304;
    r.body = {};
  }
  compose(r);
  send();
}

// What is open to pages of this origin, whoever asks.
bool http_front::welcome(request_type& request) {
  const std::string_view origin = request[http::field::origin];
  const auto& allowed = connection_.all().allowed_origins;
  origin_headers_ = "X-Content-Type-Options: nosniff\r\nVary: Origin\r\n";
  if (origin.empty()) return true;
  if (!origin_allowed(origin, request[http::field::host], allowed)) return false;
  origin_headers_ += fmt::format("Access-Control-Allow-Origin: {}\r\nAccess-Control-Expose-Headers: ETag\r\n", origin);
  return true;
}

void http_front::serve_rest(request_type& request, std::string_view path, rest_noun noun) {
  commons& all = connection_.all();
  client& who = connection_.client();
  if (who.user_agent.empty()) who.user_agent = request[http::field::user_agent].substr(0, 80);
  if (!welcome(request)) return fail(403, "bad_origin", "pages of this origin may not read this; add it to allowed_origins");
  if (request.method() == http::verb::options) {
    reply r;
    r.status = 204;
    r.headers = fmt::format("{}{}Allow: GET, HEAD, OPTIONS\r\n", origin_headers_, request[http::field::origin].empty() ? "" : preflight_headers);
    compose(r);
    return send();
  }
  if (request.method() != http::verb::get && !head_)
    return fail(405, "bad_method", "only GET and HEAD work here", origin_headers_ + "Allow: GET, HEAD, OPTIONS\r\n");
  const std::string_view target = request.target();
  std::string why;
  auto query = query_string::parse(target.size() > path.size() ? target.substr(path.size() + 1) : std::string_view{}, why);
  if (!query) return fail(400, "bad_query", why, origin_headers_);
  if (all.rest_asked >= all.limits.requests || all.rest_bytes >= all.limits.answer_bytes)
    return fail(503, "busy", "more is asked of this server than it can answer now; try again later", origin_headers_ + "Retry-After: 1\r\n");
  none_match_ = request[http::field::if_none_match];
  asked_ = ++last_ticket_;
  ++all.rest_asked;
  connection_.deadline(mono_ns() + in_ns(all.limits.answer));
  // Whoever answers holds nothing of the connection: it may end meanwhile, and only on its own thread.
  noun({all, std::move(*query), [&all, home = connection_.executor(), who = connection_.weak_from_this(), ticket = asked_](rest_answer a) {
    boost::asio::post(home, [&all, who, ticket, a = std::move(a)]() mutable {
      --all.rest_asked;
      if (const auto c = who.lock()) c->answered(ticket, std::move(a));
    });
  }});
}

void http_front::answered(std::uint64_t ticket, rest_answer&& a) {
  if (ticket != asked_ || connection_.over()) return;
  asked_ = 0;
  keep_ = keep_ && !connection_.draining();
  reply r;
  r.status = a.status;
  r.type = a.type;
  r.body = a.body.view();
  r.headers = origin_headers_;
  if (a.status == 200 && a.kept) {
    const std::string etag = fmt::format("\"{:016x}\"", std::hash<std::string_view>{}(r.body));
    r.headers += a.fresh_s > 0 ? fmt::format("ETag: {}\r\nCache-Control: max-age={}\r\n", etag, a.fresh_s)
                               : fmt::format("ETag: {}\r\nCache-Control: no-cache\r\n", etag);
    if (matches(none_match_, etag)) {
      r.status = 304;
      r.body = {};
    }
  } else {
    r.headers += "Cache-Control: no-store\r\n";
  }
  compose(r);
  send();
}

http_front::~http_front() { drop_answer(); }

void http_front::drop_answer() {
  connection_.all().rest_bytes -= std::exchange(answer_bytes_, 0);
  if (out_.size() > keep_room) out_ = {};
}

void http_front::fail(int status, std::string_view code, std::string_view message, std::string headers) {
  compose_failure(status, code, message, std::move(headers));
  send();
}

void http_front::compose_failure(int status, std::string_view code, std::string_view message, std::string headers) {
  wire::text body;
  wire::add_http_error(body, code, message);
  reply r;
  r.status = status;
  r.body = body.view();
  r.headers = std::move(headers);
  compose(r);
}

void http_front::compose(const reply& r) {
  connection_.all().tally.answered(r.status);
  out_.clear();
  out_.add(fmt::format("HTTP/1.1 {} {}\r\nServer: {}\r\n{}", r.status,
                       std::string_view{http::obsolete_reason(http::int_to_status(static_cast<unsigned>(r.status)))},
                       connection_.all().version, r.headers));
  if (r.status != 304 && r.status != 204) out_.add(fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", r.type, r.body.size()));
  out_.add(keep_ ? "\r\n" : "Connection: close\r\n\r\n");
  if (!head_) out_.add(r.body);
}

// The connection takes all of it at once; what completes later is the socket's having taken it.
void http_front::send() {
  sending_ = true;
  answer_bytes_ = out_.size();
  connection_.all().rest_bytes += answer_bytes_;
  if (connection_.draining()) keep_ = false;
  connection_.way().async_write_some(
      boost::asio::buffer(out_.data(), out_.size()),
      [this, alive = connection_.hold()](boost::system::error_code error, std::size_t) {
        sending_ = false;
        drop_answer();
        if (connection_.over()) return;
        if (error) return connection_.terminate();
        if (!keep_) return connection_.finish();
        connection_.deadline(mono_ns() + in_ns(connection_.all().limits.keepalive));
        read();
      });
}

}  // namespace tickcast::fanout
