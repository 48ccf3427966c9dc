#pragma once
// A strict JSON reader over text that stays where it is: it checks the grammar (RFC 8259) and hands out slices, so a
// number keeps every digit it was written with. One pass; nothing is allocated; nesting is bounded.
//
// It builds no tree and unescapes nothing unless asked (`json_unescape`). UTF-8 is checked there, and by the WebSocket.
#include <cstdint>
#include <string>
#include <string_view>

namespace tickcast::wire {

enum class json_kind : std::uint8_t { object, array, string, number, literal };

struct json_value {
  json_kind kind = json_kind::literal;
  std::string_view raw;  // as written; strings with their quotes

  bool is(json_kind k) const { return kind == k; }
  bool is_true() const { return raw == "true"; }
  bool is_false() const { return raw == "false"; }
  bool is_null() const { return raw == "null"; }
  // A string's content when it needs no unescaping (all names of the protocol are such); empty otherwise.
  std::string_view plain() const;
};

inline constexpr int json_depth_max = 32;

// The one value that `text` is, white space around it aside. False when it is not JSON.
bool json_parse(std::string_view text, json_value& value);

// The members of an object, or the items of an array, one after the other.
//   json_walk walk{text}; while (walk.next()) use(walk.key(), walk.value()); if (!walk.ok()) …
// `text` need not have been parsed before: what follows the last member is checked too.
class json_walk {
 public:
  explicit json_walk(std::string_view text);

  bool next();
  bool ok() const { return ok_; }
  json_kind kind() const { return closing_ == '}' ? json_kind::object : json_kind::array; }
  std::string_view key() const { return key_; }  // its content, valid until `next`; empty in an array
  const json_value& value() const { return value_; }

 private:
  bool fail();
  bool finish();

  const char* at_;
  const char* end_;
  char closing_ = 0;
  bool ok_ = false;
  bool first_ = true;
  std::string_view key_;
  std::string unescaped_;  // the key, when it was written with escapes
  json_value value_;
};

// Content of a string slice (with its quotes) as UTF-8, appended to `to`. False: lone surrogate or broken UTF-8.
bool json_unescape(std::string_view raw, std::string& to);
// How many characters (code points) a well-formed UTF-8 text has.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

// A slice that is a whole number within the int64 range, with no fraction and no exponent.
bool json_integer(const json_value& value, std::int64_t& to);

}  // namespace tickcast::wire
