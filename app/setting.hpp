#pragma once
// One key of the configuration: its name, unit and reason, what it may be, and where in `config` it lands. One table of
// them (settings.cpp) drives the TOML file, --set, the flags, the sentences about what is wrong, and `serve --help`.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace tickcast::app {

using text_list = std::vector<std::string>;
using setting_value = std::variant<bool, double, std::string, text_list>;  // whole numbers are exact in a double

enum class shape : std::uint8_t { flag, whole, number, text, list };

struct setting {
  std::string_view name;
  std::string_view unit;    // empty where there is none
  std::string_view reason;  // what it is for, and why its default is what it is
  shape form;
  std::string expects;        // completes "must be …"
  double least = 0, most = 0;  // of a number
  bool zero_is_auto = false;  // 0 is written "auto"
  bool (*valid)(std::string_view) = nullptr;  // of a text, and of each item of a list
  std::function<void(config&, const setting_value&)> store;
  std::function<setting_value(const config&)> load;

  // Throws config_error. `where` says where it stands: "--set", "tickcast.toml line 3".
  void set(config& to, const setting_value& value, const std::string& where) const;
  void set_text(config& to, std::string_view value, const std::string& where) const;
  [[noreturn]] void refuse(std::string_view what, const std::string& where) const;
  // As it is written in the file: `"0.0.0.0:8443"`, `10`, `[]`.
  std::string show(const config& from) const;
};

const std::vector<setting>& settings();
// Throws config_error that names the nearest key when there is none of this name.
const setting& find_setting(std::string_view name, const std::string& where);

// The candidate that `word` was probably meant to be, or empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// In quotes, cut to a line's measure, control characters shown as '?'.
std::string in_quotes(std::string_view text);

}  // namespace tickcast::app
