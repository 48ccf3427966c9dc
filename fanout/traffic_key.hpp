#pragma once
// TLS 1.3's traffic secrets (RFC 8446 §7): the key and the iv that protect one direction of a connection, and the
// secret that comes after a key update. Nothing here knows of records or sockets.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <openssl/evp.h>

namespace tickcast::fanout {

using secret_bytes = std::array<std::uint8_t, 48>;  // as long as the suite's hash: 32 or 48

// One of TLS 1.3's cipher suites: all of them have an iv of 12 bytes and a tag of 16.
struct record_suite {
  const EVP_CIPHER* cipher;
  const EVP_MD* hash;
  std::uint8_t key_size, secret_size;

  static const record_suite* of(std::uint16_t id);  // null: none of those we offer
};

class traffic_key {
 public:
  static constexpr std::size_t iv_size = 12;

  traffic_key(const record_suite& suite, const secret_bytes& secret) : secret_(secret), good_(derive(suite)) {}
  traffic_key(const traffic_key&) = default;
  traffic_key& operator=(const traffic_key&) = default;
  ~traffic_key();  // leaves nothing in memory

  bool good() const { return good_; }      // false: it could not be derived, and must not be used
  bool update(const record_suite& suite);  // to the next secret; the numbers begin anew
  const std::uint8_t* key() const { return key_.data(); }
  std::uint64_t used() const { return number_; }
  // The nonce of the next record; no two records have the same one.
  std::array<std::uint8_t, iv_size> next_nonce();

 private:
  bool derive(const record_suite& suite);

  secret_bytes secret_{};
  std::array<std::uint8_t, 32> key_{};
  std::array<std::uint8_t, iv_size> iv_{};
  std::uint64_t number_ = 0;
  bool good_ = false;
};

// Both directions, as OpenSSL's key log tells them while it shakes hands.
struct traffic_secrets {
  secret_bytes ours{}, theirs{};
  bool has_ours = false, has_theirs = false;

  ~traffic_secrets();
  void note(std::string_view key_log_line);
  bool whole() const { return has_ours && has_theirs; }
};

}  // namespace tickcast::fanout
