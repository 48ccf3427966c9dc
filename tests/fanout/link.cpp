#include "fanout/link.hpp"

#include <gtest/gtest.h>

#include "wired.hpp"

namespace tickcast::fanout {
namespace {

class Link : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, Link, testing::Bool(), [](const auto& i) { return i.param ? "Tls" : "Plain"; });

TEST_P(Link, CarriesBytesBothWays) {
  wired w{GetParam()};
  if (GetParam()) w.shake_hands();
  w.say("hello");
  EXPECT_EQ(w.read(5), "hello");
  EXPECT_TRUE(w.server.write("good day"));
  w.until([&] { return w.hear(), w.got == "good day"; });
  EXPECT_FALSE(w.server.blocked());
  EXPECT_GE(w.counts.wire_bytes_out.read(), 8);
}

TEST_P(Link, KeepsWhatTheSocketDoesNotTakeAndSendsItLaterInOrder) {
  wired w{GetParam(), 8 * 1024};
  if (GetParam()) w.shake_hands();
  std::string all;
  while (!w.server.blocked()) {
    const std::string unit = pattern(15'000);
    ASSERT_TRUE(w.server.write(unit));
    all += unit;
    ASSERT_LT(all.size(), 100'000'000u);
  }
  EXPECT_GT(w.server.held(), 0u);
  ASSERT_TRUE(w.server.write("and this"));  // a control frame may still come
  all += "and this";
  w.until([&] { return w.hear(), w.server.flush() == io::done; });
  EXPECT_EQ(w.server.held(), 0u);
  EXPECT_FALSE(w.server.blocked());
  w.until([&] { return w.hear(), w.got.size() >= all.size(); });
  EXPECT_TRUE(w.got == all);
}

TEST_P(Link, TellsProgressOnlyWhenTheSocketTakesBytes) {
  wired w{GetParam(), 8 * 1024};
  if (GetParam()) w.shake_hands();
  std::int64_t then = 0;
  w.until([&] {  // an attempt in vain: the kernel has taken all it will
    while (!w.server.blocked()) EXPECT_TRUE(w.server.write(pattern(15'000)));
    const std::size_t held = w.server.held();
    then = w.server.progress_ns();
    w.server.flush();
    return w.server.blocked() && w.server.held() == held;
  });
  EXPECT_EQ(w.server.progress_ns(), then);
  w.until([&] { return w.hear(), w.server.flush() == io::done; });
  EXPECT_GT(w.server.progress_ns(), then);
}

TEST_P(Link, SendsAllThatIsHeldAndThenTheEnd) {
  wired w{GetParam(), 8 * 1024};
  if (GetParam()) w.shake_hands();
  std::size_t size = 0;
  for (; !w.server.blocked(); size += 15'000) ASSERT_TRUE(w.server.write(pattern(15'000)));
  w.server.finish();
  EXPECT_FALSE(w.server.write("too late"));
  w.until([&] {
    w.hear();
    return w.server.flush() == io::done && w.closed;
  });
  EXPECT_EQ(w.got.size(), size);
}

TEST_P(Link, IsDeadOnceThePeerHasReset) {
  wired w{GetParam()};
  if (GetParam()) w.shake_hands();
  w.reset();
  w.until([&] { return !w.server.write("x"); });
  EXPECT_TRUE(w.server.dead());
  EXPECT_TRUE(w.server.blocked());
  EXPECT_EQ(w.server.flush(), io::failed);
  std::size_t got = 0;
  char some[10];
  EXPECT_EQ(w.server.read(some, got), io::failed);
}

TEST_P(Link, SaysClosedAtThePeersEnd) {
  wired w{GetParam()};
  if (GetParam()) w.shake_hands();
  w.say("last");
  w.hear();
  w.hang_up();
  EXPECT_EQ(w.read(4), "last");
  char some[10];
  std::size_t got = 0;
  w.until([&] { return w.server.read(some, got) == io::closed; });
}

TEST(LinkHandshake, NamesWhyItFailed) {
  const auto failing = [](auto act) {
    wired w{true};
    act(w);
    io result = io::again;
    w.until([&] { return (result = w.server.handshake()) != io::again; });
    EXPECT_NE(result, io::done);
    return w.server.why();
  };
  EXPECT_EQ(failing([](wired& w) { w.say_raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); }), handshake_result::not_tls);
  EXPECT_EQ(failing([](wired& w) { w.say_raw("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"); }), handshake_result::not_tls);
  EXPECT_EQ(failing([](wired& w) { w.hang_up(); }), handshake_result::closed);
  EXPECT_EQ(failing([](wired& w) { w.say_raw("\x16\x03\x01"), w.hang_up(); }), handshake_result::closed);
  EXPECT_EQ(failing([](wired& w) {
              SSL_set_max_proto_version(w.peer(), TLS1_2_VERSION);
              SSL_set_cipher_list(w.peer(), "AES128-SHA");
              SSL_do_handshake(w.peer());
            }),
            handshake_result::no_shared_cipher);
}

TEST(LinkHandshake, WorksWithTls12AndTls13ThoughTheBioIsShared) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    wired w{true};
    SSL_set_max_proto_version(w.peer(), version);
    SSL_set_min_proto_version(w.peer(), version);
    w.shake_hands();
    EXPECT_EQ(SSL_version(w.peer()), version);
    EXPECT_TRUE(w.wire.out.empty());  // nothing of one connection is left for the next
  }
}

}  // namespace
}  // namespace tickcast::fanout
