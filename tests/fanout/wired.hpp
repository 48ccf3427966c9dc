#pragma once
// A link over a real loopback connection, with or without a handshake before it, and its peer: a plain socket with OpenSSL's client on it, which we did not
// write. Nothing blocks: `until` turns the server's io_context and the test's own step until something holds, or fails
// the test at its deadline.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "fanout/link.hpp"
#include "fanout/server.hpp"

namespace tickcast::fanout {

inline certificate_source self_signed() {
  certificate_source s;
  s.self_signed = true;
  return s;
}

class wired {
 public:
  explicit wired(bool tls, int send_buffer = 0) {
    if (send_buffer) accepted_.set_option(boost::asio::socket_base::send_buffer_size{send_buffer});
    if (!tls) {
      go_on({});
      return;
    }
    hands_.emplace(accepted_.native_handle(), certificate_.accept(porters_wire), porters_wire, counts.wire_bytes_out);
    context_ = SSL_CTX_new(TLS_client_method());
    client_ = SSL_new(context_);
    SSL_set_fd(client_, fd_);
    SSL_set_connect_state(client_);
  }
  ~wired() {
    SSL_free(client_);
    SSL_CTX_free(context_);
    hang_up();
  }
  wired(const wired&) = delete;
  wired& operator=(const wired&) = delete;

  // Both sides, to the end.
  void shake_hands() {
    until([&] {
      const bool there = SSL_do_handshake(client_) == 1;
      return shake() == io::done && there;
    });
  }
  // One step of the server's; what was agreed on is the link's.
  io shake() {
    if (server_) return io::done;
    const io result = hands_->step();
    if (result == io::done) go_on(hands_->agreed());
    return result;
  }
  void go_on(agreement how) { server_.emplace(std::move(accepted_), std::move(how), wire, counts); }
  handshake& hands() { return *hands_; }
  link& server() { return *server_; }
  template <class Holds>
  void until(Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it never came";
      context.restart();
      context.run_one_for(std::chrono::milliseconds{1});
    }
  }
  // What the client can read by now, added to `got`.
  void hear() {
    char some[4096];
    for (;;) {
      const ssize_t n = client_ ? SSL_read(client_, some, sizeof some) : ::recv(fd_, some, sizeof some, 0);
      if (n > 0) {
        got.append(some, static_cast<std::size_t>(n));
        continue;
      }
      closed = client_ ? SSL_get_error(client_, static_cast<int>(n)) == SSL_ERROR_ZERO_RETURN : n == 0;
      return;
    }
  }
  // The client's socket emptied, nothing of it looked at; returns how much it was.
  std::size_t ignore() {
    char some[65536];
    std::size_t sum = 0;
    for (ssize_t n = 0; (n = ::recv(fd_, some, sizeof some, 0)) > 0;) sum += static_cast<std::size_t>(n);
    return sum;
  }
  // Before a handshake: the server's socket filled to the brim, and as much taken away again.
  std::size_t stuff() {
    const std::string some(65536, '.');
    std::size_t sum = 0;
    for (ssize_t n = 0; (n = ::send(accepted_.native_handle(), some.data(), some.size(), MSG_NOSIGNAL)) > 0;) sum += static_cast<std::size_t>(n);
    return sum;
  }
  void skip(std::size_t size) {
    char some[65536];
    until([&] {
      for (ssize_t n = 0; size > 0 && (n = ::recv(fd_, some, std::min(size, sizeof some), 0)) > 0;) size -= static_cast<std::size_t>(n);
      return size == 0;
    });
  }
  void say(std::string_view bytes) {
    const auto size = static_cast<ssize_t>(bytes.size());
    ASSERT_EQ(client_ ? SSL_write(client_, bytes.data(), static_cast<int>(size)) : ::send(fd_, bytes.data(), bytes.size(), 0), size);
  }
  void say_raw(std::string_view bytes) {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  void hang_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hang_up();
  }
  // What the server side reads, waited for.
  std::string read(std::size_t size) {
    std::string all;
    until([&] {
      char some[1000];
      std::size_t n = 0;
      while (server().read(some, n) == io::done) all.append(some, n);
      return all.size() >= size;
    });
    return all;
  }
  SSL* peer() { return client_; }

  boost::asio::io_context context{1};
  tally counts;
  tls_wire wire, porters_wire;  // a link's own thread has another BIO than who shook hands
  std::string got;
  bool closed = false;

 private:
  int connect() {
    using boost::asio::ip::tcp;
    tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto where = acceptor.local_endpoint();
    EXPECT_EQ(::connect(client, where.data(), static_cast<socklen_t>(where.size())), 0);
    ::fcntl(client, F_SETFL, ::fcntl(client, F_GETFL) | O_NONBLOCK);
    acceptor.accept(accepted_);
    accepted_.non_blocking(true);
    return client;
  }

  const tls_context certificate_{self_signed()};
  link::socket_type accepted_{context};
  int fd_ = connect();  // the client's end
  SSL_CTX* context_ = nullptr;
  SSL* client_ = nullptr;
  std::optional<handshake> hands_;
  std::optional<link> server_;
};

inline std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 31 + i / 977) % 26);
  return text;
}

}  // namespace tickcast::fanout
