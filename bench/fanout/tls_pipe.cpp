#include "tls_pipe.hpp"

#include <openssl/err.h>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bench {

int pipe_bio_read(BIO* bio, char* into, int size) {
  auto& pipe = *static_cast<tls_pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (pipe.in_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  auto taken = std::min<std::size_t>(std::size_t(size), pipe.in_.size());
  std::memcpy(into, pipe.in_.data(), taken);
  pipe.in_.remove_prefix(taken);
  return int(taken);
}

int pipe_bio_write(BIO* bio, const char* from, int size) {
  auto& pipe = *static_cast<tls_pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  pipe.shared_.sending.append(from, std::size_t(size));
  return size;
}

namespace {

long pipe_bio_ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* pipe_bio_method() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bench pipe");
    BIO_meth_set_read(m, pipe_bio_read);
    BIO_meth_set_write(m, pipe_bio_write);
    BIO_meth_set_ctrl(m, pipe_bio_ctrl);
    return m;
  }();
  return method;
}

std::string openssl_error(const char* doing) {
  char text[160] = "no reason given";
  if (auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return std::string(doing) + ": " + text;
}

} // namespace

SSL_CTX* tls_pipe::make_context() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  pipe_bio_method(); // made before any thread asks for it
  return context;
}

tls_pipe::tls_pipe(int fd, SSL_CTX* context, shared& buffers) : fd_(fd), shared_(buffers) {
  if (!context) return;
  ssl_ = SSL_new(context);
  BIO* bio = BIO_new(pipe_bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  if (SSL_is_server(ssl_)) SSL_set_accept_state(ssl_);
  else SSL_set_connect_state(ssl_);
}

tls_pipe::~tls_pipe() {
  if (ssl_) SSL_free(ssl_);
  ::close(fd_);
}

tls_pipe::verdict tls_pipe::fill() {
  auto got = ::recv(fd_, shared_.received.data(), shared_.received.size(), 0);
  if (got > 0) {
    in_ = {shared_.received.data(), std::size_t(got)};
    filled_ = std::size_t(got);
    return verdict::open;
  }
  in_ = {};
  if (got == 0) {
    why_ = "closed by the server without a TLS or WebSocket close";
    return verdict::closed;
  }
  if (errno == EAGAIN || errno == EINTR) return verdict::again;
  why_ = std::string("recv: ") + std::strerror(errno);
  return verdict::broken;
}

tls_pipe::verdict tls_pipe::handshake() {
  if (!ssl_) return verdict::open;
  int result = SSL_do_handshake(ssl_);
  if (!send_encrypted()) return verdict::broken;
  if (result == 1) return verdict::open;
  if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ) return verdict::again;
  why_ = openssl_error("TLS handshake");
  return verdict::broken;
}

std::ptrdiff_t tls_pipe::read(std::span<char> into) {
  if (!ssl_) {
    auto taken = std::min(into.size(), in_.size());
    std::memcpy(into.data(), in_.data(), taken);
    in_.remove_prefix(taken);
    return std::ptrdiff_t(taken);
  }
  int got = SSL_read(ssl_, into.data(), int(into.size()));
  if (got > 0) return got;
  int error = SSL_get_error(ssl_, got);
  if (error == SSL_ERROR_WANT_READ) return 0;
  why_ = error == SSL_ERROR_ZERO_RETURN ? "closed by the server (TLS close_notify)" : openssl_error("SSL_read");
  return -1;
}

bool tls_pipe::write(std::string_view bytes) {
  if (!ssl_) return send(bytes);
  if (SSL_write(ssl_, bytes.data(), int(bytes.size())) != int(bytes.size())) {
    why_ = openssl_error("SSL_write");
    return false;
  }
  return send_encrypted();
}

bool tls_pipe::send_encrypted() {
  bool well = send(shared_.sending);
  shared_.sending.clear();
  return well;
}

bool tls_pipe::send(std::string_view bytes) {
  if (!out_.empty()) {
    out_.append(bytes);
    return flush();
  }
  while (!bytes.empty()) {
    auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break; // whoever owns this watches wants_write()
      why_ = std::string("send: ") + std::strerror(errno);
      return false;
    }
    bytes.remove_prefix(std::size_t(sent));
  }
  out_ = bytes;
  return true;
}

bool tls_pipe::flush() {
  auto rest = std::exchange(out_, {});
  return send(rest);
}

} // namespace bench
