#pragma once
// TLS records made by hand, with the right key and whatever in them: what a record layer of ours would never write.
#include <string>
#include <string_view>

#include "fanout/traffic_key.hpp"

namespace tickcast::fanout {

// Secrets of nobody, told apart by a byte.
inline traffic_secrets made_up_secrets(std::uint8_t ours, std::uint8_t theirs) {
  traffic_secrets s;
  s.ours.fill(ours);
  s.theirs.fill(theirs);
  return s;
}

// `inner` is what is encrypted: data, type and padding.
inline std::string hand_record(const record_suite& suite, traffic_key& key, std::string_view inner, std::uint8_t outer_type = 23) {
  const std::size_t length = inner.size() + 16;
  std::string r{static_cast<char>(outer_type), 3, 3, static_cast<char>(length >> 8), static_cast<char>(length)};
  r.resize(5 + length);
  auto* bytes = reinterpret_cast<unsigned char*>(r.data());
  const auto nonce = key.next_nonce();
  int n = 0;
  EVP_CIPHER_CTX* c = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(c, suite.cipher, nullptr, key.key(), nonce.data());
  EVP_EncryptUpdate(c, nullptr, &n, bytes, 5);
  EVP_EncryptUpdate(c, bytes + 5, &n, reinterpret_cast<const unsigned char*>(inner.data()), static_cast<int>(inner.size()));
  EVP_EncryptFinal_ex(c, bytes + 5 + inner.size(), &n);
  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, bytes + 5 + inner.size());
  EVP_CIPHER_CTX_free(c);
  return r;
}

}  // namespace tickcast::fanout
