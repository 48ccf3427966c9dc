#include "fanout/websocket.hpp"

#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>
#include <fmt/format.h>

#include "fanout/connection.hpp"
#include "fanout/echo.hpp"
#include "fanout/read_buffer.hpp"
#include "fanout/session.hpp"
#include "fanout/subprotocol.hpp"
#include "fanout/upgrade.hpp"

namespace tickcast::fanout {
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;
namespace {

constexpr std::size_t reason_max = 123;     // of a close frame
constexpr std::size_t deflate_least = 128;  // shorter messages only grow

std::optional<wire::encoding> offered(const http::request<http::string_body>& request) {
  const auto [first, end] = request.equal_range(http::field::sec_websocket_protocol);
  for (auto line = first; line != end; ++line)
    if (const auto known = choose_subprotocol(line->value())) return known;
  return std::nullopt;
}

std::string too_many(const limits& l) {
  std::string reason = fmt::format("this server takes {} connections", l.max_connections);
  if (l.max_connections_per_address) reason += fmt::format(", {} from one address", l.max_connections_per_address);
  return reason;
}

// Beast ends a connection over bytes that do not inflate without telling the peer.
bool is_inflate_error(boost::system::error_code error) {
  return error.category() == make_error_code(boost::beast::zlib::error::need_buffers).category();
}

wire::close_code code_of(boost::system::error_code error) {
  if (error == ws::error::message_too_big || error == ws::error::buffer_overflow) return wire::close_code::too_big;
  if (error == ws::error::bad_frame_payload || is_inflate_error(error)) return wire::close_code::bad_payload;
  if (error == ws::condition::protocol_violation) return wire::close_code::protocol_error;
  return wire::close_code::abnormal;
}

}  // namespace

struct websocket::stream {
  explicit stream(gate& way) : socket(way) {}
  ws::stream<gate&> socket;
  read_buffer buffer;
  http::request<http::string_body> request;
};

websocket::websocket(connection& c, upgrade&& request)
    : connection_(c), all_(c.all()), stream_(std::make_unique<stream>(c.way())), echo_(request.echo) {
  stream_->request = std::move(request.request);
}

websocket::~websocket() = default;

void websocket::start() {
  auto& socket = stream_->socket;
  auto& request = stream_->request;
  // The extension header is replaced by the one offer we take, so what Beast agrees to is known here.
  std::string canonical;
  if (all_.deflate) deflate_ = wire::choose_deflate(request[http::field::sec_websocket_extensions], canonical);
  if (deflate_.on) {
    request.set(http::field::sec_websocket_extensions, canonical);
    ws::permessage_deflate terms;
    terms.server_enable = true;
    terms.server_no_context_takeover = true;
    socket.set_option(terms);
  } else {
    request.erase(http::field::sec_websocket_extensions);
  }
  const auto known = echo_ ? std::nullopt : offered(request);
  encoding_ = known.value_or(wire::encoding::json);
  const std::string_view named = known ? subprotocol_of(encoding_) : std::string_view{};
  socket.set_option(ws::stream_base::decorator([this, named](ws::response_type& response) {
    response.set(http::field::server, all_.version);
    // RFC 7692 §7.1.2.1 wants a window that was asked for in the answer; Beast leaves out the largest.
    if (deflate_.on && deflate_.named_bits && deflate_.server_bits == 15)
      response.set(http::field::sec_websocket_extensions,
                   std::string{response[http::field::sec_websocket_extensions]} + "; server_max_window_bits=15");
    if (!named.empty()) response.set(http::field::sec_websocket_protocol, named);
  }));
  socket.read_message_max(echo_ ? all_.limits.echo_bytes : all_.limits.frame_bytes);
  socket.auto_fragment(false);
  socket.control_callback([this](ws::frame_type kind, boost::beast::string_view) {
    if (talk_) talk_->heard(kind == ws::frame_type::pong);
  });
  socket.async_accept(request, [this, alive = connection_.hold()](boost::system::error_code e) { accepted(e); });
}

void websocket::accepted(boost::system::error_code error) {
  if (connection_.over()) return;
  if (error) return connection_.finish();
  stream_->request = {};
  connection_.way().frames_begin();
  connection_.open();
  if (connection_.refused()) {
    close(wire::close_code::too_many_connections, too_many(all_.limits));
  } else {
    if (echo_) {
      talk_ = std::make_unique<echo>(all_, *this);
    } else {
      talk_ = std::make_unique<session>(all_, *this, encoding_);
    }
    talk_->opened();
  }
  read();
}

void websocket::read() {
  stream_->socket.async_read(stream_->buffer, [this, alive = connection_.hold()](boost::system::error_code e, std::size_t) {
    received(e);
  });
}

// Done with the message in the buffer.
void websocket::read_next() {
  stream_->buffer.clear();
  read();
}

void websocket::received(boost::system::error_code error) {
  if (error) return ended(error);
  if (closing_) return read_next();  // what comes before the peer's close frame is of no interest any more
  talk_->heard(false);
  if (talk_->message(stream_->buffer.view(), stream_->socket.got_binary()) || closing_) read_next();
}

void websocket::read_on() {
  boost::asio::post(connection_.way().get_executor(), [this, alive = connection_.hold()] {
    if (connection_.over()) return;
    if (closing_ || talk_->proceed()) read_next();
  });
}

// The WebSocket is over: by the peer's close frame, by its fault, or by the loss of the connection.
void websocket::ended(boost::system::error_code error) {
  if (error == ws::error::closed) {
    const auto code = stream_->socket.reason().code;
    count_close(code == ws::close_code::none ? wire::close_code::no_status : static_cast<wire::close_code>(code));
  } else {
    count_close(code_of(error));
    if (is_inflate_error(error)) write_close(code_of(error));
  }
  closing_ = true;
  if (talk_) talk_->closing();
  connection_.finish();
}

void websocket::write_close(wire::close_code code) {
  const auto number = static_cast<std::uint16_t>(code);
  char frame[wire::frame_header_max + 2];
  char* payload = frame + wire::frame_header_max;
  payload[0] = static_cast<char>(number >> 8);
  payload[1] = static_cast<char>(number & 0xFF);
  char* begin = wire::write_frame_header(payload, 2, wire::opcode::close, false);
  connection_.way().write_data({begin, static_cast<std::size_t>(payload + 2 - begin)});
}

void websocket::count_close(wire::close_code code) {
  if (!std::exchange(counted_, true)) all_.tally.closed(code);
}

void websocket::close(wire::close_code code, std::string_view reason) {
  if (std::exchange(closing_, true)) return;
  count_close(code);
  if (talk_) talk_->closing();
  std::size_t length = std::min(reason.size(), reason_max);
  while (length < reason.size() && length > 0 && (static_cast<unsigned char>(reason[length]) & 0xC0) == 0x80) --length;
  const std::string_view fitting = reason.substr(0, length);
  ws::close_reason why{static_cast<ws::close_code>(code), boost::beast::string_view{fitting.data(), fitting.size()}};
  stream_->socket.async_close(why, [this, alive = connection_.hold()](boost::system::error_code) {
    connection_.finish();
  });
  // Who does not read now may still do so, and then it should find out why.
  const auto patience = connection_.bytes().blocked() ? all_.limits.stall : all_.limits.close;
  connection_.finish_by(mono_ns() + in_ns(patience));
}

void websocket::ping() {
  stream_->socket.async_ping({}, [alive = connection_.hold()](boost::system::error_code) {});
}

bool websocket::blocked() const { return connection_.bytes().blocked() || closing_; }
std::int64_t websocket::progress_ns() const { return connection_.bytes().progress_ns(); }
const client& websocket::client() const { return connection_.client(); }

hot_lines websocket::lines() const {
  hot_lines all;
  all.add(this, sizeof *this);
  all.add(&connection_.way(), sizeof(gate));
  connection_.bytes().add_lines(all);
  return all;
}

void websocket::send(batch& messages) {
  const std::string_view payload = messages.finish();
  const auto op = messages.encoding() == wire::encoding::json ? wire::opcode::text : wire::opcode::binary;
  const bool deflate = deflate_.on && payload.size() >= deflate_least;
  connection_.way().write_data(deflate ? messages.deflated_frame(op, all_.deflater, deflate_.server_bits) : messages.frame(op));
}

// The scratch text, with nothing but the room for a header.
wire::text& websocket::frame_room() {
  wire::text& out = all_.scratch;
  out.clear();
  out.wrote(out.room(wire::frame_header_max) + wire::frame_header_max);
  return out;
}

void websocket::send_message(std::string_view message, bool binary) {
  const auto op = binary ? wire::opcode::binary : wire::opcode::text;
  if (deflate_.on) return write_deflated(message, op);
  frame_room().add(message);
  write(op, false);
}

void websocket::write_deflated(std::string_view payload, wire::opcode op) {
  all_.deflater.compress(payload, deflate_.server_bits, frame_room());
  write(op, true);
}

// What stands in the scratch text, behind the room for its header.
void websocket::write(wire::opcode op, bool deflated) {
  wire::text& out = all_.scratch;
  char* payload = out.data() + wire::frame_header_max;
  char* begin = wire::write_frame_header(payload, out.size() - wire::frame_header_max, op, deflated);
  connection_.way().write_data({begin, static_cast<std::size_t>(out.data() + out.size() - begin)});
}

}  // namespace tickcast::fanout
