#include "fanout/query_string.hpp"

#include <algorithm>
#include <charconv>

#include "wire/json_reader.hpp"

namespace tickcast::fanout {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
      c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  if (!wire::is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<query_string> query_string::parse(std::string_view text, std::string& why) {
  query_string made;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = decoded(part.substr(0, equals));
    const auto value = equals == part.npos ? std::optional<std::string>{std::string{}} : decoded(part.substr(equals + 1));
    if (!name || name->empty() || !value) {
      why = "the part behind '?' must be name=value pairs, joined by '&', in UTF-8 with %XX for what is not plain";
      return std::nullopt;
    }
    if (made.all_.size() == parameters_max) {
      why = "there are more than 32 parameters";
      return std::nullopt;
    }
    if (std::any_of(made.all_.begin(), made.all_.end(), [&](const auto& one) { return one.first == *name; })) {
      why = "a parameter is given twice; give each once, and lists by commas";
      return std::nullopt;
    }
    made.all_.emplace_back(*name, *value);
  }
  return made;
}

std::string_view query_string::operator[](std::string_view name) const {
  for (const auto& [own, value] : all_)
    if (own == name) return value;
  return {};
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> items_of(std::string_view list, std::size_t most, bool& more) {
  std::vector<std::string_view> items;
  more = false;
  while (!list.empty() && !more) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (end > 0) {
      more = items.size() == most;
      if (!more) items.push_back(list.substr(0, end));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

}  // namespace tickcast::fanout
