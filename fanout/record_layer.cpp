#include "fanout/record_layer.hpp"

#include <algorithm>
#include <cstring>

namespace tickcast::fanout {
namespace {

constexpr std::size_t overhead_max = 256;  // of an encrypted record: its type, padding, tag
constexpr std::uint8_t key_update = 24;

std::uint8_t* bytes_of(char* text) { return reinterpret_cast<std::uint8_t*>(text); }

}  // namespace

record_layer::record_layer(const record_suite& suite, const traffic_secrets& secrets, std::uint64_t key_lasts)
    : suite_(suite), key_lasts_(key_lasts), ours_(suite, secrets.ours), theirs_(suite, secrets.theirs),
      sealing_(EVP_CIPHER_CTX_new()) {
  broken_ = !ours_.good() || !theirs_.good() || !sealing_ || EVP_EncryptInit_ex(sealing_.get(), suite.cipher, nullptr, ours_.key(), nullptr) != 1;
}

// ---- out ----

bool record_layer::seal_record(content type, std::string_view data, wire::text& to) {
  const std::size_t inner = data.size() + 1, outer = inner + tag_size;
  char* const record = to.room(header_size + outer);
  std::uint8_t* const header = bytes_of(record);
  header[0] = static_cast<std::uint8_t>(content::data);
  header[1] = header[2] = 3;  // as if it were TLS 1.2
  header[3] = static_cast<std::uint8_t>(outer >> 8);
  header[4] = static_cast<std::uint8_t>(outer);
  // Copied first, because the record's type is encrypted behind the data, and a second call for one byte costs more.
  char* const body = record + header_size;
  if (!data.empty()) std::memcpy(body, data.data(), data.size());
  body[data.size()] = static_cast<char>(type);
  const auto nonce = ours_.next_nonce();
  EVP_CIPHER_CTX* const c = sealing_.get();
  int size = 0;
  const bool good = !broken_ && EVP_EncryptInit_ex(c, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
                    EVP_EncryptUpdate(c, nullptr, &size, header, header_size) == 1 &&
                    EVP_EncryptUpdate(c, bytes_of(body), &size, bytes_of(body), static_cast<int>(inner)) == 1 &&
                    EVP_EncryptFinal_ex(c, bytes_of(body) + inner, &size) == 1 &&
                    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, tag_size, body + inner) == 1;
  if (good) {
    to.wrote(body + outer);
  } else {
    broken_ = true;
  }
  return good;
}

bool record_layer::seal(std::string_view data, wire::text& to) {
  while (!data.empty()) {
    if ((update_due_ || ours_.used() >= key_lasts_) && !update_ours(to)) return false;
    const std::string_view part = data.substr(0, plain_max);
    data.remove_prefix(part.size());
    if (!seal_record(content::data, part, to)) return false;
  }
  return true;
}

void record_layer::seal_close(wire::text& to) {
  constexpr char warning[]{1, static_cast<char>(alert::close_notify)};
  seal_record(content::alert, {warning, sizeof warning}, to);
}

void record_layer::add_lines(hot_lines& to) const {
  to.add(this, sizeof *this);
  to.add(sealing_.get(), 192);  // OpenSSL does not tell its size; behind it are the cipher's own lines
}

// Tells the peer that the next record comes under the next key.
bool record_layer::update_ours(wire::text& to) {
  constexpr char message[]{static_cast<char>(key_update), 0, 0, 1, 0};  // 0: the peer may keep its own
  if (!seal_record(content::handshake, {message, sizeof message}, to)) return false;
  update_due_ = false;
  broken_ |= !ours_.update(suite_) || EVP_EncryptInit_ex(sealing_.get(), nullptr, nullptr, ours_.key(), nullptr) != 1;
  return !broken_;
}

// ---- in ----

void record_layer::add(std::string_view bytes) {
  if (next_ > 0) {  // what was large once is not kept for the beginning of a record
    wire::text rest;
    rest.add(input_.view(next_, input_.size() - next_));
    input_ = std::move(rest);
    next_ = 0;
  }
  input_.add(bytes);
}

// An idle connection holds nothing.
void record_layer::consumed() {
  if (next_ < input_.size()) return;
  input_ = {};
  next_ = 0;
}

// In place. What is read is little, so one context a thread does for all, though it has to learn the key each time.
bool record_layer::decrypt(std::uint8_t* record, std::size_t length) {
  thread_local const context_ptr opening{EVP_CIPHER_CTX_new()};
  EVP_CIPHER_CTX* const c = opening.get();
  const auto nonce = theirs_.next_nonce();
  std::uint8_t* const body = record + header_size;
  const std::size_t inner = length - tag_size;
  int size = 0;
  return c && EVP_DecryptInit_ex(c, suite_.cipher, nullptr, theirs_.key(), nonce.data()) == 1 &&
         EVP_DecryptUpdate(c, nullptr, &size, record, header_size) == 1 &&
         EVP_DecryptUpdate(c, body, &size, body, static_cast<int>(inner)) == 1 &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag_size, body + inner) == 1 &&
         EVP_DecryptFinal_ex(c, body + inner, &size) == 1;
}

record_layer::taken record_layer::take(std::span<char> into, std::size_t& got, wire::text& answers) {
  got = 0;
  for (;;) {
    if (plain_size_ > 0) {
      got = std::min(into.size(), plain_size_);
      std::memcpy(into.data(), input_.data() + plain_, got);
      plain_ += got;
      plain_size_ -= got;
      if (plain_size_ == 0) consumed();
      return taken::data;
    }
    if (broken_) return taken::broken;
    if (closed_) return taken::closed;
    const std::size_t have = input_.size() - next_;
    if (have < header_size) return taken::more;
    std::uint8_t* const record = bytes_of(input_.data()) + next_;
    const std::size_t length = static_cast<std::size_t>(record[3]) << 8 | record[4];
    if (record[0] != static_cast<std::uint8_t>(content::data)) return refuse(alert::unexpected_message, answers);
    if (length > plain_max + overhead_max) return refuse(alert::record_overflow, answers);
    if (length <= tag_size) return refuse(alert::bad_record_mac, answers);
    if (have < header_size + length) return taken::more;
    if (!decrypt(record, length)) return refuse(alert::bad_record_mac, answers);
    const std::size_t plain = next_ + header_size;
    next_ += header_size + length;
    // The type stands behind the data, and zeros behind the type.
    std::string_view inner = input_.view(plain, length - tag_size);
    while (!inner.empty() && inner.back() == 0) inner.remove_suffix(1);
    if (inner.empty()) return refuse(alert::unexpected_message, answers);
    const auto type = static_cast<content>(inner.back());
    inner.remove_suffix(1);
    if (inner.size() > plain_max) return refuse(alert::record_overflow, answers);
    if (type == content::data && !inner.empty()) {
      idle_records_ = 0;
      plain_ = plain;
      plain_size_ = inner.size();
      continue;
    }
    if (++idle_records_ > idle_records_max) return refuse(alert::unexpected_message, answers);
    taken result = taken::more;
    if (type == content::alert) {
      result = heed_alert(inner, answers);
    } else if (type == content::handshake) {
      result = heed_handshake(inner, answers);
    } else if (type != content::data) {
      result = refuse(alert::unexpected_message, answers);
    }
    if (result != taken::more) return result;
    consumed();
  }
}

record_layer::taken record_layer::heed_alert(std::string_view record, wire::text& answers) {
  if (record.size() != 2) return refuse(alert::decode_error, answers);
  const auto said = static_cast<alert>(record[1]);
  if (said == alert::user_canceled) return taken::more;  // close_notify follows
  closed_ = said == alert::close_notify;
  broken_ = !closed_;
  return closed_ ? taken::closed : taken::broken;
}

// All that may come after the handshake is a key update, as we gave no tickets and ask for no certificate.
record_layer::taken record_layer::heed_handshake(std::string_view record, wire::text& answers) {
  constexpr char expected[]{static_cast<char>(key_update), 0, 0, 1};
  if (record.size() != 5 || !record.starts_with(std::string_view{expected, 4}) || (record[4] & ~1) != 0)
    return refuse(alert::unexpected_message, answers);
  if (!theirs_.update(suite_)) return refuse(alert::internal_error, answers);
  update_due_ |= record[4] != 0;
  return taken::more;
}

record_layer::taken record_layer::refuse(alert why, wire::text& answers) {
  const char fatal[]{2, static_cast<char>(why)};
  seal_record(content::alert, {fatal, sizeof fatal}, answers);
  broken_ = true;
  return taken::broken;
}

}  // namespace tickcast::fanout
