#include "fanout/traffic_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tickcast::fanout {
namespace {

constexpr std::uint16_t aes_128 = 0x1301, aes_256 = 0x1302, chacha = 0x1303;

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

// The server's application traffic of RFC 8448 §3.
constexpr std::string_view server_secret = "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";

traffic_secrets noted(std::string_view secret) {
  traffic_secrets s;
  s.note("SERVER_TRAFFIC_SECRET_0 00 " + std::string{secret});
  return s;
}

TEST(TrafficKey, IsTheOneOfTheRfcsExample) {
  const record_suite& suite = *record_suite::of(aes_128);
  traffic_key k{suite, noted(server_secret).ours};
  EXPECT_EQ(hex(k.key(), 16), "9f02283b6c9c07efc26bb9f2ac92e356");
  EXPECT_EQ(hex(k.next_nonce().data(), 12), "cf782b88dd83549aadf1e984");
}

TEST(TrafficKey, HasANonceOfItsOwnForEachRecord) {
  const record_suite& suite = *record_suite::of(aes_128);
  traffic_key k{suite, noted(server_secret).ours};
  k.next_nonce();
  EXPECT_EQ(hex(k.next_nonce().data(), 12), "cf782b88dd83549aadf1e985");
  for (int i = 2; i < 256; ++i) k.next_nonce();
  EXPECT_EQ(hex(k.next_nonce().data(), 12), "cf782b88dd83549aadf1e884");
  EXPECT_EQ(k.used(), 257u);
}

TEST(TrafficKey, IsAnotherOneAfterAnUpdateAndCountsAnew) {
  for (std::uint16_t id : {aes_128, aes_256, chacha}) {
    const record_suite& suite = *record_suite::of(id);
    traffic_key k{suite, noted(server_secret).ours};
    k.next_nonce();
    const std::string before = hex(k.key(), suite.key_size);
    k.update(suite);
    EXPECT_NE(hex(k.key(), suite.key_size), before);
    EXPECT_EQ(k.used(), 0u);
  }
}

TEST(TrafficKey, KnowsTheSuitesWeOfferAndNoOthers) {
  EXPECT_FALSE(record_suite::of(0x1300));
  EXPECT_FALSE(record_suite::of(0x1304));
  EXPECT_FALSE(record_suite::of(0xC02B));
  EXPECT_EQ(record_suite::of(aes_256)->secret_size, 48);
}

TEST(TrafficSecrets, AreTakenFromTheKeyLogAndOnlyFromIt) {
  traffic_secrets s;
  s.note("CLIENT_HANDSHAKE_TRAFFIC_SECRET 00 aabb");
  s.note("SERVER_TRAFFIC_SECRET_0 00 aabb");
  EXPECT_FALSE(s.whole());
  s.note("CLIENT_TRAFFIC_SECRET_0 00 ccdd");
  EXPECT_TRUE(s.whole());
  EXPECT_EQ(hex(s.ours.data(), 2), "aabb");
  EXPECT_EQ(hex(s.theirs.data(), 2), "ccdd");
  for (const std::string line : {"", "CLIENT_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0 00 xx", "CLIENT_TRAFFIC_SECRET_0 00 abc"}) {
    traffic_secrets other;
    other.note(line);
    EXPECT_FALSE(other.has_theirs) << line;
  }
  traffic_secrets longer;
  longer.note("CLIENT_TRAFFIC_SECRET_0 00 " + std::string(98, 'a'));
  EXPECT_FALSE(longer.has_theirs);
}

}  // namespace
}  // namespace tickcast::fanout
