#pragma once
// TLS 1.3's record layer (RFC 8446 §5) for a connection whose handshake OpenSSL has done: application data both ways,
// alerts, key updates. With it the SSL object, some 13 KB, can go after the handshake, and a flush is encrypted in one
// step from where it stands into what is sent. Encryption itself is OpenSSL's EVP.
//
// It knows nothing of sockets: bytes are added as they came, records are appended to what the caller sends. Whatever a
// peer does that TLS does not allow ends the connection with the alert that names it.
#include <memory>
#include <span>
#include <string_view>

#include "fanout/hot_lines.hpp"
#include "fanout/traffic_key.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

class record_layer {
 public:
  static constexpr std::size_t plain_max = 16 * 1024;
  // AES-GCM should not protect more than 2^24.5 full records with one key (RFC 8446 §5.5).
  static constexpr std::uint64_t records_a_key = 1 << 23;

  record_layer(const record_suite& suite, const traffic_secrets& secrets, std::uint64_t key_lasts = records_a_key);

  // ---- out: appended to `to` ----
  bool seal(std::string_view data, wire::text& to);  // false: encryption failed, and the connection must end
  void seal_close(wire::text& to);                   // close_notify
  void add_lines(hot_lines& to) const;

  // ---- in ----
  enum class taken : std::uint8_t { data, more, closed, broken };
  // Moves data into `into`, as much as one record has; `more`: of it has to come first. The alert that ends a broken
  // connection is appended to `answers`, once.
  taken take(std::span<char> into, std::size_t& got, wire::text& answers);
  void add(std::string_view bytes);  // as they came

 private:
  enum class content : std::uint8_t { alert = 21, handshake = 22, data = 23 };
  enum class alert : std::uint8_t {
    close_notify = 0, unexpected_message = 10, bad_record_mac = 20, record_overflow = 22, decode_error = 50, internal_error = 80,
    user_canceled = 90
  };
  static constexpr std::size_t header_size = 5, tag_size = 16;
  static constexpr int idle_records_max = 32;  // without data, one after the other

  struct context_free {
    void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
  };
  using context_ptr = std::unique_ptr<EVP_CIPHER_CTX, context_free>;

  bool seal_record(content type, std::string_view data, wire::text& to);
  bool update_ours(wire::text& to);
  bool decrypt(std::uint8_t* record, std::size_t length);
  taken refuse(alert why, wire::text& answers);
  taken heed_alert(std::string_view record, wire::text& answers);
  taken heed_handshake(std::string_view record, wire::text& answers);
  void consumed();

  const record_suite& suite_;
  const std::uint64_t key_lasts_;
  traffic_key ours_, theirs_;
  context_ptr sealing_;
  wire::text input_;          // whole records, and perhaps the beginning of one; nothing while nothing is underway
  std::size_t next_ = 0;      // in it: the first record that is not opened
  std::size_t plain_ = 0, plain_size_ = 0;  // in it: opened, and not taken yet
  int idle_records_ = 0;
  bool update_due_ = false;  // the peer asked for one; it goes in front of the next record, however often it asks
  bool closed_ = false, broken_ = false;
};

}  // namespace tickcast::fanout
