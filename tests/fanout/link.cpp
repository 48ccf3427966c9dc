#include "fanout/link.hpp"

#include <gtest/gtest.h>

#include "wired.hpp"

namespace tickcast::fanout {
namespace {

// What the peer offers; null: no TLS. In TLS 1.3 the record layer is ours, before it is OpenSSL's.
struct way {
  const char* name;
  int version;
  const char* suite;
};

class Link : public testing::TestWithParam<way> {
 protected:
  static std::unique_ptr<wired> connected(int send_buffer = 0) {
    const way& how = GetParam();
    auto w = std::make_unique<wired>(how.version != 0, send_buffer);
    if (!how.version) return w;
    SSL_set_min_proto_version(w->peer(), how.version);
    SSL_set_max_proto_version(w->peer(), how.version);
    if (how.suite) SSL_set_ciphersuites(w->peer(), how.suite);
    w->shake_hands();
    EXPECT_EQ(SSL_version(w->peer()), how.version);
    if (how.suite) {
      EXPECT_STREQ(SSL_get_cipher_name(w->peer()), how.suite);
    }
    return w;
  }
};
INSTANTIATE_TEST_SUITE_P(Ways, Link,
                         testing::Values(way{"Plain", 0, nullptr}, way{"Tls12", TLS1_2_VERSION, nullptr},
                                         way{"Aes128", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
                                         way{"Aes256", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
                                         way{"ChaCha", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"}),
                         [](const auto& i) { return i.param.name; });

TEST_P(Link, CarriesBytesBothWays) {
  const auto there = connected();
  wired& w = *there;
  w.say("hello");
  EXPECT_EQ(w.read(5), "hello");
  EXPECT_TRUE(w.server().write("good day"));
  w.until([&] { return w.hear(), w.got == "good day"; });
  EXPECT_FALSE(w.server().blocked());
  EXPECT_GE(w.counts.wire_bytes_out.read(), 8);
}

TEST_P(Link, KeepsWhatTheSocketDoesNotTakeAndSendsItLaterInOrder) {
  const auto there = connected(8 * 1024);
  wired& w = *there;
  std::string all;
  while (!w.server().blocked()) {
    const std::string unit = pattern(15'000);
    ASSERT_TRUE(w.server().write(unit));
    all += unit;
    ASSERT_LT(all.size(), 100'000'000u);
  }
  EXPECT_GT(w.server().held(), 0u);
  ASSERT_TRUE(w.server().write("and this"));  // a control frame may still come
  all += "and this";
  w.until([&] { return w.hear(), w.server().flush() == io::done; });
  EXPECT_EQ(w.server().held(), 0u);
  EXPECT_FALSE(w.server().blocked());
  w.until([&] { return w.hear(), w.got.size() >= all.size(); });
  EXPECT_TRUE(w.got == all);
}

TEST_P(Link, TellsProgressOnlyWhenTheSocketTakesBytes) {
  const auto there = connected(8 * 1024);
  wired& w = *there;
  std::int64_t then = 0;
  w.until([&] {  // an attempt in vain: the kernel has taken all it will
    while (!w.server().blocked()) EXPECT_TRUE(w.server().write(pattern(15'000)));
    const std::size_t held = w.server().held();
    then = w.server().progress_ns();
    w.server().flush();
    return w.server().blocked() && w.server().held() == held;
  });
  EXPECT_EQ(w.server().progress_ns(), then);
  w.until([&] { return w.hear(), w.server().flush() == io::done; });
  EXPECT_GT(w.server().progress_ns(), then);
}

TEST_P(Link, SendsAllThatIsHeldAndThenTheEnd) {
  const auto there = connected(8 * 1024);
  wired& w = *there;
  std::size_t size = 0;
  for (; !w.server().blocked(); size += 15'000) ASSERT_TRUE(w.server().write(pattern(15'000)));
  w.server().finish();
  EXPECT_FALSE(w.server().write("too late"));
  w.until([&] {
    w.hear();
    return w.server().flush() == io::done && w.closed;
  });
  EXPECT_EQ(w.got.size(), size);
}

TEST_P(Link, IsDeadOnceThePeerHasReset) {
  const auto there = connected();
  wired& w = *there;
  w.reset();
  w.until([&] { return !w.server().write("x"); });
  EXPECT_TRUE(w.server().dead());
  EXPECT_TRUE(w.server().blocked());
  EXPECT_EQ(w.server().flush(), io::failed);
  std::size_t got = 0;
  char some[10];
  EXPECT_EQ(w.server().read(some, got), io::failed);
}

TEST_P(Link, SaysClosedAtThePeersEnd) {
  const auto there = connected();
  wired& w = *there;
  w.say("last");
  w.hear();
  w.hang_up();
  EXPECT_EQ(w.read(4), "last");
  char some[10];
  std::size_t got = 0;
  w.until([&] { return w.server().read(some, got) == io::closed; });
}

TEST_P(Link, CarriesMuchAtOnceBothWays) {
  const auto there = connected();
  wired& w = *there;
  const std::string much = pattern(100'000);
  std::string came;
  std::size_t said = 0;
  w.until([&] {
    if (said < much.size()) {
      const std::size_t piece = std::min<std::size_t>(much.size() - said, 20'000);
      w.say(much.substr(said, piece));
      said += piece;
    }
    char some[777];  // less than a record
    std::size_t n = 0;
    while (w.server().read(some, n) == io::done) came.append(some, n);
    return came.size() == much.size();
  });
  EXPECT_TRUE(came == much);
  ASSERT_TRUE(w.server().write(much));
  w.until([&] { return w.hear(), w.server().flush(), w.got.size() == much.size(); });
  EXPECT_TRUE(w.got == much);
}

TEST_P(Link, SaysGoodbyeSoThatThePeerKnowsThatNothingWasCutOff) {
  const auto there = connected();
  wired& w = *there;
  ASSERT_TRUE(w.server().write("the end"));
  w.server().finish();
  w.until([&] { return w.hear(), w.closed; });  // over TLS by close_notify
  EXPECT_EQ(w.got, "the end");
}

TEST_P(Link, FollowsThePeersKeyUpdates) {
  if (GetParam().version != TLS1_3_VERSION) GTEST_SKIP() << "TLS 1.3 only";
  const auto there = connected();
  wired& w = *there;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(SSL_key_update(w.peer(), i % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    w.say("ping");
    EXPECT_EQ(w.read(4), "ping");
    w.got.clear();
    ASSERT_TRUE(w.server().write("pong"));
    w.until([&] { return w.hear(), w.got == "pong"; });
  }
}

TEST_P(Link, ReadsWhatCameTogetherWithTheEndOfTheHandshake) {
  if (!GetParam().version) GTEST_SKIP() << "TLS only";
  const way& how = GetParam();
  wired w{true};
  SSL_set_min_proto_version(w.peer(), how.version);
  SSL_set_max_proto_version(w.peer(), how.version);
  w.until([&] {
    if (SSL_do_handshake(w.peer()) == 1) return true;
    return w.shake(), false;
  });
  w.say("GET /");  // the server may not have seen the end yet
  w.until([&] { return w.shake() == io::done; });
  EXPECT_EQ(w.read(5), "GET /");
}

}  // namespace
}  // namespace tickcast::fanout
