#include "fanout/handshake.hpp"

#include <gtest/gtest.h>

#include "fanout/clock.hpp"
#include "wired.hpp"

namespace tickcast::fanout {
namespace {

TEST(Handshake, HandsOverSecretsInTls13AndOpenSslsOwnObjectInTls12) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    wired w{true};
    SSL_set_max_proto_version(w.peer(), version);
    w.until([&] { return SSL_do_handshake(w.peer()), w.hands().step() == io::done; });
    const agreement found = w.hands().agreed();
    EXPECT_FALSE(found.failed);
    EXPECT_EQ(found.suite != nullptr && found.secrets && found.secrets->whole(), version == TLS1_3_VERSION);
    EXPECT_EQ(found.ssl != nullptr, version == TLS1_2_VERSION);
    EXPECT_EQ(found.unsent.size(), 0u);
  }
}

TEST(Handshake, KeepsWhatTheSocketDoesNotTakeAndSendsItLater) {
  std::unique_ptr<wired> full;
  std::size_t junk = 0;
  for (int attempt = 0; attempt < 100 && !(full && full->hands().blocked()); ++attempt) {
    full = std::make_unique<wired>(true, 8 * 1024);
    junk = 0;
    SSL_do_handshake(full->peer());  // says hello, and reads before anything is there
    while (const std::size_t more = full->stuff()) junk += more;
    full->until([&] { return full->hands().step(), full->hands().blocked() || full->counts.wire_bytes_out.read() > 0; });
  }
  wired& w = *full;
  ASSERT_TRUE(w.hands().blocked());
  w.skip(junk);
  w.shake_hands();
  EXPECT_FALSE(w.server().blocked());
  ASSERT_TRUE(w.server().write("hello"));
  w.until([&] { return w.hear(), w.got == "hello"; });
}

TEST(Handshake, NamesWhyItFailed) {
  const auto failing = [](auto act) {
    wired w{true};
    act(w);
    io result = io::again;
    w.until([&] { return (result = w.shake()) != io::again; });
    EXPECT_NE(result, io::done);
    EXPECT_TRUE(w.hands().agreed().failed);
    return w.hands().why();
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

TEST(Handshake, KeepsToTheShorterRecordsThatAClientAskedFor) {
  wired w{true};
  ASSERT_EQ(SSL_set_tlsext_max_fragment_length(w.peer(), TLSEXT_max_fragment_length_512), 1);
  w.shake_hands();
  EXPECT_EQ(SSL_version(w.peer()), TLS1_3_VERSION);
  const std::string much = pattern(5000);  // an OpenSSL client refuses a record that is longer
  ASSERT_TRUE(w.server().write(much));
  w.until([&] { return w.hear(), w.got.size() == much.size(); });
  EXPECT_TRUE(w.got == much);
}

TEST(Handshake, LetsAClientThatGathersItsBytesSpeakAtOnce) {
  std::int64_t least = 1'000'000'000;
  for (int i = 0; i < 5; ++i) {  // the best of them: this machine may be busy, but a delayed ACK comes each time
    wired w{true};
    w.shake_hands();
    const std::int64_t began = mono_ns();
    w.say("GET / HTTP/1.1\r\n\r\n");
    w.read(18);
    least = std::min(least, mono_ns() - began);
  }
  EXPECT_LT(least, 25'000'000);
}

TEST(Handshake, WorksWithTls12AndTls13ThoughTheBioIsShared) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    wired w{true};
    SSL_set_max_proto_version(w.peer(), version);
    SSL_set_min_proto_version(w.peer(), version);
    w.shake_hands();
    EXPECT_EQ(SSL_version(w.peer()), version);
    EXPECT_TRUE(w.porters_wire.out.empty());  // nothing of one connection is left for the next
  }
}

}  // namespace
}  // namespace tickcast::fanout
