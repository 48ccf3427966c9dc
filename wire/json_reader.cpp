#include "wire/json_reader.hpp"

#include <charconv>

namespace tickcast::wire {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_space(const char*& at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `at` stands on the opening quote; on success behind the closing one.
bool skip_string(const char*& at, const char* end) {
  for (++at; at != end; ++at) {
    const unsigned char c = static_cast<unsigned char>(*at);
    if (c == '"') return ++at, true;
    if (c < 0x20) return false;
    if (c != '\\') continue;
    if (++at == end) return false;
    if (*at == 'u') {
      for (int i = 0; i < 4; ++i)
        if (++at == end || hex_digit(*at) < 0) return false;
    } else if (std::string_view{"\"\\/bfnrt"}.find(*at) == std::string_view::npos) {
      return false;
    }
  }
  return false;
}

bool skip_digits(const char*& at, const char* end) {
  const char* from = at;
  while (at != end && is_digit(*at)) ++at;
  return at != from;
}

bool skip_number(const char*& at, const char* end) {
  if (*at == '-') ++at;
  if (at == end) return false;
  if (*at == '0') {
    ++at;
  } else if (!skip_digits(at, end)) {
    return false;
  }
  if (at != end && *at == '.' && !skip_digits(++at, end)) return false;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!skip_digits(at, end)) return false;
  }
  return true;
}

bool skip_literal(const char*& at, const char* end) {
  const std::string_view rest{at, static_cast<std::size_t>(end - at)};
  for (std::string_view word : {"true", "false", "null"})
    if (rest.starts_with(word)) return at += word.size(), true;
  return false;
}

bool take_value(const char*& at, const char* end, json_value& value, int depth);

// `at` stands behind the opening bracket.
bool skip_inside(const char*& at, const char* end, bool object, int depth) {
  if (depth > json_depth_max) return false;
  const char closing = object ? '}' : ']';
  skip_space(at, end);
  if (at != end && *at == closing) return ++at, true;
  for (json_value ignored;;) {
    if (object) {
      skip_space(at, end);
      if (at == end || *at != '"' || !skip_string(at, end)) return false;
      skip_space(at, end);
      if (at == end || *at++ != ':') return false;
    }
    if (!take_value(at, end, ignored, depth)) return false;
    skip_space(at, end);
    if (at == end) return false;
    if (*at == closing) return ++at, true;
    if (*at++ != ',') return false;
  }
}

bool take_value(const char*& at, const char* end, json_value& value, int depth) {
  skip_space(at, end);
  if (at == end) return false;
  const char* from = at;
  bool good = false;
  switch (*at) {
    case '{': value.kind = json_kind::object; good = skip_inside(++at, end, true, depth + 1); break;
    case '[': value.kind = json_kind::array; good = skip_inside(++at, end, false, depth + 1); break;
    case '"': value.kind = json_kind::string; good = skip_string(at, end); break;
    case 't': case 'f': case 'n': value.kind = json_kind::literal; good = skip_literal(at, end); break;
    default:
      value.kind = json_kind::number;
      good = (*at == '-' || is_digit(*at)) && skip_number(at, end);
  }
  if (good) value.raw = {from, static_cast<std::size_t>(at - from)};
  return good;
}

void append_utf8(std::uint32_t point, std::string& to) {
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0 | point >> 6);
    to += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0 | point >> 12);
    to += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | point >> 18);
    to += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    to += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (point & 0x3F));
  }
}

std::uint32_t hex4(const char* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<std::uint32_t>(hex_digit(at[i]));
  return value;
}

}  // namespace

std::string_view json_value::plain() const {
  if (kind != json_kind::string || raw.find('\\') != std::string_view::npos) return {};
  return raw.substr(1, raw.size() - 2);
}

bool json_parse(std::string_view text, json_value& value) {
  const char* at = text.data();
  const char* end = at + text.size();
  if (!take_value(at, end, value, 0)) return false;
  skip_space(at, end);
  return at == end;
}

json_walk::json_walk(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {
  skip_space(at_, end_);
  if (at_ == end_ || (*at_ != '{' && *at_ != '[')) return;
  closing_ = *at_++ == '{' ? '}' : ']';
  ok_ = true;
}

bool json_walk::fail() { return ok_ = false; }

bool json_walk::finish() {
  ++at_;
  skip_space(at_, end_);
  if (at_ != end_) ok_ = false;
  at_ = end_ = nullptr;
  return false;
}

bool json_walk::next() {
  if (!ok_ || at_ == nullptr) return false;
  skip_space(at_, end_);
  if (at_ == end_) return fail();
  if (*at_ == closing_ ) return finish();
  if (!first_) {
    if (*at_++ != ',') return fail();
    skip_space(at_, end_);
    if (at_ == end_ || *at_ == closing_) return fail();
  }
  first_ = false;
  if (closing_ == '}') {
    const char* from = at_;
    if (*at_ != '"' || !skip_string(at_, end_)) return fail();
    key_ = {from + 1, static_cast<std::size_t>(at_ - from) - 2};
    if (key_.find('\\') != std::string_view::npos) {
      unescaped_.clear();
      if (json_unescape({from, static_cast<std::size_t>(at_ - from)}, unescaped_)) key_ = unescaped_;
    }
    skip_space(at_, end_);
    if (at_ == end_ || *at_++ != ':') return fail();
  }
  return take_value(at_, end_, value_, 1) || fail();
}

bool json_unescape(std::string_view raw, std::string& to) {
  const std::size_t before = to.size();
  const char* at = raw.data() + 1;
  const char* end = raw.data() + raw.size() - 1;
  while (at != end) {
    if (*at != '\\') {
      to += *at++;
      continue;
    }
    switch (*++at) {
      case 'b': to += '\b'; break;
      case 'f': to += '\f'; break;
      case 'n': to += '\n'; break;
      case 'r': to += '\r'; break;
      case 't': to += '\t'; break;
      case 'u': {
        std::uint32_t point = hex4(at + 1);
        at += 4;
        if (point >= 0xDC00 && point < 0xE000) return false;
        if (point >= 0xD800 && point < 0xDC00) {
          if (end - at < 7 || at[1] != '\\' || at[2] != 'u') return false;
          const std::uint32_t low = hex4(at + 3);
          if (low < 0xDC00 || low >= 0xE000) return false;
          point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
          at += 6;
        }
        append_utf8(point, to);
        break;
      }
      default: to += *at;  // quote, backslash, slash
    }
    ++at;
  }
  return is_utf8(std::string_view{to}.substr(before));
}

std::size_t utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4 || text.size() - i <= more) return false;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    // Overlong forms, surrogates and points beyond U+10FFFF are told by the second byte.
    if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
        (c == 0xF4 && second > 0x8F))
      return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

bool json_integer(const json_value& value, std::int64_t& to) {
  if (!value.is(json_kind::number)) return false;
  const char* end = value.raw.data() + value.raw.size();
  const auto [stop, error] = std::from_chars(value.raw.data(), end, to);
  return error == std::errc{} && stop == end;
}

}  // namespace tickcast::wire
