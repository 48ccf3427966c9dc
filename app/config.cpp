#include "app/config.hpp"

#include <charconv>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include <spdlog/fmt/fmt.h>
#include <toml++/toml.h>

#include "app/setting.hpp"

namespace tickcast::app {

namespace {

// One layer of the configuration: what it said of the transport must agree with itself, and replaces what layers
// before it said: `--plain` over a file with a certificate is no conflict, `plain = true` beside it in the file is one.
class layer {
 public:
  layer(config& to, std::string name) : to_(to), name_(std::move(name)) {}

  void said(std::string_view key) { keys_.insert(std::string{key}); }

  void finish() {
    const bool certificate =
        (keys_.contains("tls_cert") && !to_.tls_cert.empty()) || (keys_.contains("tls_key") && !to_.tls_key.empty());
    const bool self_signed = keys_.contains("self_signed") && to_.self_signed;
    const bool plain = keys_.contains("plain") && to_.plain;
    const auto conflict = [this](const char* one, const char* other) {
      throw config_error(fmt::format("{}: {} and {} exclude each other; choose one", name_, one, other));
    };
    if (plain && certificate) conflict("plain (no TLS)", "a certificate (tls_cert, tls_key)");
    if (plain && self_signed) conflict("plain (no TLS)", "self_signed");
    if (self_signed && certificate) conflict("self_signed", "a certificate (tls_cert, tls_key)");
    if (plain || self_signed) to_.tls_cert = to_.tls_key = {};
    if (plain || certificate) to_.self_signed = false;
    if (self_signed || certificate) to_.plain = false;
  }

 private:
  config& to_;
  std::string name_;
  std::set<std::string> keys_;
};

setting_value from_toml(const setting& s, const toml::node& node, const std::string& where) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* array = node.as_array()) {
    text_list list;
    for (const toml::node& item : *array) {
      const auto* text = item.as_string();
      if (text == nullptr)
        throw config_error(fmt::format("{}: every item of {} must be a text in quotes", where, s.name));
      list.push_back(text->get());
    }
    return list;
  }
  s.refuse("a date or time", where);
}

// One value of the command line: as in the file, but the quotes of a text may be left out, and a list may go by commas.
void set_word(config& to, const setting& s, const std::string& word, const std::string& where) {
  if (!word.starts_with('[') && !word.starts_with('"')) return s.set_text(to, word, where);
  // An address may begin with a bracket too, so what is no TOML is a text.
  toml::table table;
  try {
    table = toml::parse("value = " + word);
  } catch (const toml::parse_error&) {
    return s.set_text(to, word, where);
  }
  s.set(to, from_toml(s, *table.get("value"), where), where);
}

void read_file(config& to, const std::string& file) {
  std::ifstream in{file};
  std::string text;
  try {
    if (in.is_open()) text.assign(std::istreambuf_iterator<char>{in}, {});
  } catch (const std::ios_base::failure&) {  // a directory opens, but cannot be read
    in.close();
  }
  if (!in.is_open())
    throw config_error(fmt::format("cannot read the configuration {}: {}", file, std::strerror(errno)));
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    throw config_error(
        fmt::format("{} line {}, column {}: not TOML: {}", file, at.line, at.column, error.description()));
  }
  layer all{to, file};
  for (const auto& [key, node] : table) {
    const std::string where = fmt::format("{} line {}", file, key.source().begin.line);
    if (node.is_table() || node.is_array_of_tables())
      throw config_error(fmt::format("{}: there are no sections; write the keys without [{}]", where, key.str()));
    const setting& s = find_setting(key.str(), where);
    s.set(to, from_toml(s, node, where), where);
    all.said(key.str());
  }
  all.finish();
}

}  // namespace

std::optional<host_port> split_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find_first_of(":[]") != host.npos) return std::nullopt;
  if (host.find_first_of(" /") != host.npos) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || failed != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  return host_port{host.empty() ? "0.0.0.0" : std::string{host}, std::string{port}};
}

config load_config(const std::optional<std::string>& file, const std::vector<assignment>& command_line) {
  config made;
  if (file) read_file(made, *file);

  layer all{made, "command line"};
  for (const assignment& a : command_line) {
    const setting& s = find_setting(a.key, a.where);
    if (const auto* list = std::get_if<text_list>(&a.value))
      s.set(made, *list, a.where);
    else
      set_word(made, s, std::get<std::string>(a.value), a.where);
    all.said(a.key);
  }
  all.finish();

  if (made.tls_cert.empty() != made.tls_key.empty())
    throw config_error(
        fmt::format("{} is missing: a certificate needs both tls_cert (--tls-cert) and tls_key (--tls-key)",
                    made.tls_cert.empty() ? "tls_cert" : "tls_key"));
  if (made.tls_cert.empty() && !made.self_signed && !made.plain)
    throw config_error("how to serve is not said: give a certificate (--tls-cert FILE --tls-key FILE), "
                       "--self-signed to try it out, or --plain to serve without TLS behind a proxy");
  return made;
}

}  // namespace tickcast::app
