#include "fanout/handshake.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

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

handshake::handshake(int fd, ssl_ptr ssl, tls_wire& wire, counter& bytes_out)
    : fd_(fd), ssl_(std::move(ssl)), wire_(wire), bytes_out_(bytes_out) {
  tls_context::log_keys(*ssl_, *secrets_);
}

// What the socket does not take is kept. False: the peer is gone.
bool handshake::send(std::string_view bytes) {
  wire::text rest;
  if (blocked()) {
    rest = std::exchange(unsent_, {});
    rest.add(bytes);
    bytes = rest.view();
  }
  if (bytes.empty()) return true;
  const ssize_t taken = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return false;
  if (taken > 0) bytes_out_.add(taken);
  wire::text left;
  left.add(bytes.substr(static_cast<std::size_t>(std::max<ssize_t>(taken, 0))));
  unsent_ = std::move(left);
  return true;
}

io handshake::step() {
  ERR_clear_error();
  wire_.fd = fd_;
  wire_.eof = false;
  wire_.out.clear();
  return after(SSL_do_handshake(ssl_.get()));
}

// Whatever a step produced (records, an alert) leaves in one send.
io handshake::after(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  const bool sent = send(wire_.out.view());
  wire_.out.clear();
  why_ = handshake_result::closed;
  if (!sent) return io::closed;
  switch (error) {
    case SSL_ERROR_NONE: why_ = handshake_result::ok; return io::done;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return io::again;
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL: return io::closed;
    default:
      if (!wire_.eof) why_ = reason_of(ERR_peek_error());
      ERR_clear_error();
      return wire_.eof ? io::closed : io::failed;
  }
}

// OpenSSL has read no further than the handshake, so both directions begin with the first record of their secrets. The few
// who asked for shorter records, for want of memory, stay with OpenSSL.
agreement handshake::agreed() {
  agreement out;
  out.unsent = std::move(unsent_);
  out.failed = why_ != handshake_result::ok;
  if (out.failed) return out;
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  const record_suite* suite = cipher ? record_suite::of(SSL_CIPHER_get_protocol_id(cipher)) : nullptr;
  const bool shorter = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl_.get())) != TLSEXT_max_fragment_length_DISABLED;
  if (SSL_version(ssl_.get()) == TLS1_3_VERSION && suite && secrets_->whole() && !shorter && !SSL_has_pending(ssl_.get())) {
    out.suite = suite;
    out.secrets = std::move(secrets_);
    // No ticket means that nothing of ours carries the ACK of the client's last words. One that gathers what it writes (Nagle)
    // would wait with its request until the kernel sends that ACK by itself, 40 ms later.
    const int now = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
  } else {
    out.ssl = std::move(ssl_);
  }
  return out;
}

}  // namespace tickcast::fanout
