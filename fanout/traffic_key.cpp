#include "fanout/traffic_key.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <cstring>
#include <utility>

namespace tickcast::fanout {
namespace {

// HKDF-Expand-Label without a context. All that TLS derives from a traffic secret fits one block of the hash.
bool expand_label(const record_suite& suite, const secret_bytes& secret, std::string_view label, std::span<std::uint8_t> into) {
  constexpr std::string_view prefix = "tls13 ";
  std::array<std::uint8_t, 32> info{};
  std::size_t size = 0;
  const auto put = [&](std::string_view text) { std::memcpy(info.data() + size, text.data(), text.size()), size += text.size(); };
  info[size++] = static_cast<std::uint8_t>(into.size() >> 8);
  info[size++] = static_cast<std::uint8_t>(into.size());
  info[size++] = static_cast<std::uint8_t>(prefix.size() + label.size());
  put(prefix);
  put(label);
  info[size++] = 0;  // the context's length
  info[size++] = 1;  // the block's number
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> block;
  if (!HMAC(suite.hash, secret.data(), suite.secret_size, info.data(), size, block.data(), nullptr)) return false;
  std::memcpy(into.data(), block.data(), into.size());
  OPENSSL_cleanse(block.data(), block.size());
  return true;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool read_hex(std::string_view hex, secret_bytes& into) {
  if (hex.size() % 2 || hex.size() / 2 > into.size()) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    into[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace

const record_suite* record_suite::of(std::uint16_t id) {
  // Fetched once: an implicit fetch costs more than a record.
  static const record_suite suites[] = {
      {EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr), EVP_MD_fetch(nullptr, "SHA256", nullptr), 16, 32},
      {EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_MD_fetch(nullptr, "SHA384", nullptr), 32, 48},
      {EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr), EVP_MD_fetch(nullptr, "SHA256", nullptr), 32, 32}};
  constexpr std::uint16_t first = 0x1301;  // TLS_AES_128_GCM_SHA256, and so on in this order
  if (id < first || id >= first + std::size(suites)) return nullptr;
  const record_suite& suite = suites[id - first];
  return suite.cipher && suite.hash ? &suite : nullptr;
}

traffic_key::~traffic_key() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
  OPENSSL_cleanse(key_.data(), key_.size());
}

bool traffic_key::derive(const record_suite& suite) {
  number_ = 0;
  return expand_label(suite, secret_, "key", {key_.data(), suite.key_size}) && expand_label(suite, secret_, "iv", iv_);
}

bool traffic_key::update(const record_suite& suite) {
  secret_bytes next{};
  good_ = expand_label(suite, secret_, "traffic upd", {next.data(), suite.secret_size});
  secret_ = next;
  OPENSSL_cleanse(next.data(), next.size());
  good_ = good_ && derive(suite);
  return good_;
}

std::array<std::uint8_t, traffic_key::iv_size> traffic_key::next_nonce() {
  auto nonce = iv_;
  std::uint64_t number = number_++;
  for (std::size_t i = iv_size; number; number >>= 8) nonce[--i] ^= static_cast<std::uint8_t>(number);
  return nonce;
}

traffic_secrets::~traffic_secrets() {
  OPENSSL_cleanse(ours.data(), ours.size());
  OPENSSL_cleanse(theirs.data(), theirs.size());
}

// LABEL client-random secret, the last two in hex.
void traffic_secrets::note(std::string_view line) {
  const std::string_view label = line.substr(0, line.find(' '));
  const std::string_view secret = line.substr(line.rfind(' ') + 1);
  if (label == "SERVER_TRAFFIC_SECRET_0") has_ours = read_hex(secret, ours);
  if (label == "CLIENT_TRAFFIC_SECRET_0") has_theirs = read_hex(secret, theirs);
}

}  // namespace tickcast::fanout
