#include "fanout/link.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "fanout/clock.hpp"

namespace tickcast::fanout {
link::link(socket_type socket, agreement how, tls_wire& wire, tally& counts)
    : socket_(std::move(socket)), ssl_(std::move(how.ssl)), wire_(wire), counts_(counts), left_(std::move(how.unsent)),
      progress_ns_(mono_ns()) {
  if (ssl_) tls_context::go_on(*ssl_, wire);
  if (how.suite) records_ = std::make_unique<record_layer>(*how.suite, *how.secrets);
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
    case SSL_ERROR_ZERO_RETURN: return io::closed;
    case SSL_ERROR_SYSCALL: return wire_.eof ? io::closed : io::failed;
    default: ERR_clear_error(); return io::failed;
  }
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
  } else if (ssl_) {
    ERR_clear_error();
    wire_.fd = socket_.native_handle();
    after(SSL_shutdown(ssl_.get()));
  }
  finishing_ = true;
  if (!blocked()) ::shutdown(socket_.native_handle(), SHUT_WR);
}

}  // namespace tickcast::fanout
