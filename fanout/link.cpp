#include "fanout/link.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "fanout/clock.hpp"

namespace tickcast::fanout {
namespace {

handshake_result reason_of(unsigned long code) {
  switch (ERR_GET_REASON(code)) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return handshake_result::no_shared_cipher;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_LENGTH_MISMATCH:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_TOO_SMALL: return handshake_result::not_tls;
    // A client that does not trust the certificate says so by an alert.
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return handshake_result::bad_certificate;
    default: return handshake_result::other;
  }
}

}  // namespace

link::link(socket_type socket, ssl_ptr ssl, tls_wire& wire, tally& counts)
    : socket_(std::move(socket)), ssl_(std::move(ssl)), wire_(wire), counts_(counts), progress_ns_(mono_ns()) {
  if (!ssl_) return;
  secrets_ = std::make_unique<traffic_secrets>();
  tls_context::log_keys(*ssl_, *secrets_);
}

bool link::send(std::string_view bytes) {
  if (dead_) return false;
  if (sent_ == left_.size()) {
    const ssize_t taken = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken >= 0) {
      counts_.wire_bytes_out.add(taken);
      progress_ns_ = mono_ns();
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      dead_ = true;
      return false;
    }
    if (!bytes.empty()) left_ = {}, sent_ = 0;
  }
  left_.add(bytes);
  return true;
}

io link::flush() {
  if (dead_) return io::failed;
  while (sent_ < left_.size()) {
    const std::string_view rest = left_.view(sent_, left_.size() - sent_);
    const ssize_t taken = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (taken < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return io::again;
      dead_ = true;
      return io::failed;
    }
    counts_.wire_bytes_out.add(taken);
    progress_ns_ = mono_ns();
    sent_ += static_cast<std::size_t>(taken);
  }
  left_ = {};  // an idle connection holds nothing
  sent_ = 0;
  if (finishing_) ::shutdown(socket_.native_handle(), SHUT_WR);
  return io::done;
}

// Whatever one call produced (records, alerts, a key update's answer) leaves in one send.
void link::send_gathered() {
  if (wire_.out.empty()) return;
  send(wire_.out.view());
  wire_.out.clear();
}

io link::after(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  send_gathered();
  switch (error) {
    case SSL_ERROR_NONE: return io::done;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return io::again;
    case SSL_ERROR_ZERO_RETURN: why_ = handshake_result::closed; return io::closed;
    case SSL_ERROR_SYSCALL:
      why_ = handshake_result::closed;
      return wire_.eof ? io::closed : io::failed;
    default:
      why_ = wire_.eof ? handshake_result::closed : reason_of(ERR_peek_error());
      ERR_clear_error();
      return io::failed;
  }
}

io link::handshake() {
  if (!ssl_) return io::done;
  ERR_clear_error();
  wire_.fd = socket_.native_handle();
  wire_.eof = false;
  const io result = after(SSL_do_handshake(ssl_.get()));
  if (result == io::done) take_over();
  return result;
}

// OpenSSL has read no further than the handshake, so both directions begin with the first record of their secrets. The few
// who asked for shorter records, for want of memory, stay with OpenSSL.
void link::take_over() {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  const record_suite* suite = cipher ? record_suite::of(SSL_CIPHER_get_protocol_id(cipher)) : nullptr;
  const bool shorter = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl_.get())) != TLSEXT_max_fragment_length_DISABLED;
  if (SSL_version(ssl_.get()) == TLS1_3_VERSION && suite && secrets_->whole() && !shorter && !SSL_has_pending(ssl_.get())) {
    records_ = std::make_unique<record_layer>(*suite, *secrets_);
    ssl_.reset();
    // No ticket means that nothing of ours carries the ACK of the client's last words. One that gathers what it writes (Nagle)
    // would wait with its request until the kernel sends that ACK by itself, 40 ms later.
    const int now = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
  } else {
    tls_context::keep(*ssl_);
  }
  secrets_.reset();
}

io link::read(std::span<char> into, std::size_t& got) {
  got = 0;
  if (dead_) return io::failed;
  if (records_) return read_records(into, got);
  if (!ssl_) return receive(into, got);
  ERR_clear_error();
  wire_.fd = socket_.native_handle();
  wire_.eof = false;
  return after(SSL_read_ex(ssl_.get(), into.data(), into.size(), &got));
}

io link::read_records(std::span<char> into, std::size_t& got) {
  for (;;) {
    const auto taken = records_->take(into, got, wire_.out);
    send_gathered();
    switch (taken) {
      case record_layer::taken::data: return io::done;
      case record_layer::taken::closed: return io::closed;
      case record_layer::taken::broken: return io::failed;
      case record_layer::taken::more: break;
    }
    std::array<char, record_layer::plain_max> some;
    std::size_t size = 0;
    const io result = receive(some, size);
    if (result != io::done) return result;
    records_->add({some.data(), size});
  }
}

io link::receive(std::span<char> into, std::size_t& got) {
  const ssize_t n = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (n > 0) return got = static_cast<std::size_t>(n), io::done;
  if (n == 0) return io::closed;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? io::again : io::failed;
}

bool link::write(std::string_view bytes) {
  if (dead_ || finishing_) return false;
  if (records_) {
    if (!records_->seal(bytes, wire_.out)) dead_ = true;
    send_gathered();
    return !dead_;
  }
  if (!ssl_) return send(bytes);
  ERR_clear_error();
  wire_.fd = socket_.native_handle();
  wire_.out.clear();
  std::size_t written = 0;
  if (after(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written)) != io::done) dead_ = true;
  return !dead_;
}

void link::finish() {
  if (finishing_ || dead_) return;
  if (records_) {
    records_->seal_close(wire_.out);
    send_gathered();
  } else if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    wire_.fd = socket_.native_handle();
    after(SSL_shutdown(ssl_.get()));
  }
  finishing_ = true;
  if (!blocked()) ::shutdown(socket_.native_handle(), SHUT_WR);
}

}  // namespace tickcast::fanout
