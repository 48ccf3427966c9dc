#include "fanout/porter.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <chrono>
#include <condition_variable>

#include "fanout/server.hpp"

namespace tickcast::fanout {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const tls_context> certificate() {
  certificate_source s;
  s.self_signed = true;
  return std::make_shared<tls_context>(s);
}

// A porter at a door of its own, and what it hands on.
class Porter : public testing::Test {
 protected:
  Porter() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listener.get(), 64), 0);
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
  }
  ~Porter() override { SSL_CTX_free(client); }

  void open(std::shared_ptr<const tls_context> tls) {
    porter_.emplace(0, listener.get(), bounds, book, std::move(tls));
    porter_->start([this](arrival who) {
      const std::lock_guard guard{lock};
      came.push_back(std::move(who));
      told.notify_all();
    });
  }
  wire::owned_fd connect() {
    wire::owned_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval patience{10, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    return fd;
  }
  // Shakes hands, waiting; returns the certificate that was shown.
  std::string shake(int fd) {
    const ssl_ptr ssl{SSL_new(client)};
    SSL_set_fd(ssl.get(), fd);
    EXPECT_EQ(SSL_connect(ssl.get()), 1);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(SSL_get0_peer_certificate(ssl.get()), &bytes);
    const std::string shown{reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0))};
    OPENSSL_free(bytes);
    return shown;
  }
  arrival next() {
    std::unique_lock guard{lock};
    EXPECT_TRUE(told.wait_for(guard, 10s, [&] { return !came.empty(); })) << "nobody came";
    if (came.empty()) return {};
    arrival first = std::move(came.front());
    came.erase(came.begin());
    return first;
  }
  static bool ended(int fd) {
    char some[100];
    ssize_t n = 0;
    while ((n = ::recv(fd, some, sizeof some, 0)) > 0) {
    }
    return n == 0 || errno == ECONNRESET;
  }
  std::int64_t counted(handshake_result r) const { return porter_->tally().handshakes[static_cast<std::size_t>(r)].read(); }
  std::int64_t inside() const { return porter_->tally().sessions[static_cast<std::size_t>(phase::handshake)].read(); }
  std::size_t known() {
    const auto now = book.enter("nobody");
    book.leave("nobody");
    return now.all - 1;
  }

  limits bounds;
  ledger book;
  wire::owned_fd listener;
  sockaddr_in at{};
  SSL_CTX* client = SSL_CTX_new(TLS_client_method());
  std::mutex lock;
  std::condition_variable told;
  std::vector<arrival> came;
  std::optional<porter> porter_;
};

TEST_F(Porter, HandsOnInPlainTextAtOnce) {
  open(nullptr);
  const auto fd = connect();
  const arrival who = next();
  EXPECT_GE(who.socket.get(), 0);
  EXPECT_FALSE(who.v6);
  EXPECT_EQ(who.host, "127.0.0.1");
  EXPECT_EQ(who.address.compare(0, 10, "127.0.0.1:"), 0) << who.address;
  EXPECT_FALSE(who.terms.failed || who.terms.suite || who.terms.ssl);
  EXPECT_EQ(known(), 1u);
}

TEST_F(Porter, ShakesHandsAndHandsOnWhatWasAgreed) {
  open(certificate());
  const auto fd = connect();
  shake(fd.get());
  const arrival who = next();
  EXPECT_TRUE(who.terms.suite && who.terms.secrets->whole());
  EXPECT_FALSE(who.refused);
  EXPECT_EQ(counted(handshake_result::ok), 1);
  EXPECT_GT(porter_->tally().wire_bytes_out.read(), 300);
}

TEST_F(Porter, KeepsNobodyWaitingForOneWhoSaysNothing) {
  open(certificate());
  const auto silent = connect();
  const auto fd = connect();
  shake(fd.get());
  next();
  EXPECT_EQ(inside(), 1);
}

TEST_F(Porter, SendsAwayWhoTakesTooLong) {
  bounds.handshake = 50ms;
  open(certificate());
  const auto fd = connect();
  EXPECT_TRUE(ended(fd.get()));
  porter_->dismiss();
  porter_->stop();
  EXPECT_EQ(counted(handshake_result::timeout), 1);
  EXPECT_EQ(inside(), 0);
  EXPECT_EQ(known(), 0u);
}

TEST_F(Porter, HandsOnWhoFailedSoThatTheAlertArrives) {
  open(certificate());
  const auto fd = connect();
  ASSERT_EQ(::send(fd.get(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
  EXPECT_TRUE(next().terms.failed);
  EXPECT_EQ(counted(handshake_result::not_tls), 1);
}

TEST_F(Porter, ForgetsWhoLeavesInTheMiddle) {
  open(certificate());
  connect();  // and closes
  const auto fd = connect();
  shake(fd.get());
  next();
  porter_->dismiss();
  porter_->stop();
  EXPECT_EQ(counted(handshake_result::closed), 1);
  EXPECT_EQ(known(), 1u);
}

TEST_F(Porter, MarksWhoIsOneTooMany) {
  bounds.max_connections = 1;
  open(nullptr);
  const auto first = connect();
  EXPECT_FALSE(next().refused);
  const auto second = connect();
  EXPECT_TRUE(next().refused);
}

TEST_F(Porter, MarksWhoIsOneTooManyFromItsAddress) {
  bounds.max_connections_per_address = 1;
  open(nullptr);
  const auto first = connect();
  EXPECT_FALSE(next().refused);
  const auto second = connect();
  EXPECT_TRUE(next().refused);
}

TEST_F(Porter, CutsOffWhoStillShakesHandsWhenItIsDismissed) {
  open(certificate());
  const auto silent = connect();
  const auto fd = connect();
  shake(fd.get());
  next();  // so the silent one is inside, too
  porter_->dismiss();
  porter_->stop();
  EXPECT_TRUE(ended(silent.get()));
  EXPECT_EQ(known(), 1u);
}

TEST_F(Porter, ShowsTheNewCertificateOnceItHasOne) {
  open(certificate());
  const auto first = connect();
  const std::string before = shake(first.get());
  porter_->renew(certificate());
  const auto second = connect();
  EXPECT_NE(shake(second.get()), before);
}

}  // namespace
}  // namespace tickcast::fanout
