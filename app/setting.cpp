#include "app/setting.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include <spdlog/fmt/fmt.h>

namespace tickcast::app {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, longest)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out += text.size() > longest ? "…\"" : "\"";
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto distance = [word](std::string_view other) {  // Levenshtein's, in one row; names are short
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char c : word) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 0; j < other.size(); ++j) {
        const std::size_t replaced = diagonal + (c == other[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j] + 1, diagonal + 1, replaced});
      }
    }
    return row.back();
  };
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const bool begun = word.size() >= 4 && candidate.starts_with(word);  // a word cut short
    const std::size_t d = begun ? 1 : distance(candidate);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

void setting::refuse(std::string_view what, const std::string& where) const {
  const bool option = where.starts_with("--") && where != "--set";  // which says its name by itself
  const std::string subject = option ? where : fmt::format("{}: {}", where, name);
  throw config_error(fmt::format("{} must be {}, not {}", subject, expects, what));
}

void setting::set(config& to, const setting_value& value, const std::string& where) const {
  if (const bool* flag = std::get_if<bool>(&value); flag && form != shape::flag)
    refuse(*flag ? "true" : "false", where);
  if (const double* number = std::get_if<double>(&value)) {
    const bool is_number = form == shape::number || (form == shape::whole && *number == std::floor(*number));
    if (!is_number || !(*number >= least && *number <= most)) refuse(fmt::format("{}", *number), where);
  }
  if (const std::string* text = std::get_if<std::string>(&value)) {
    if (zero_is_auto && *text == "auto") return store(to, 0.0);
    if (form != shape::text || (valid && !valid(*text))) refuse(in_quotes(*text), where);
  }
  if (const text_list* list = std::get_if<text_list>(&value)) {
    if (form != shape::list) refuse("a list", where);
    for (const std::string& item : *list)
      if (valid && !valid(item)) refuse(in_quotes(item), where);
  }
  store(to, value);
}

void setting::set_text(config& to, std::string_view value, const std::string& where) const {
  switch (form) {
    case shape::flag:
      if (value != "true" && value != "false") refuse(in_quotes(value), where);
      return set(to, value == "true", where);
    case shape::whole:
    case shape::number: {
      if (zero_is_auto && value == "auto") return store(to, 0.0);
      double number = 0;
      const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (failed != std::errc{} || end != value.data() + value.size()) refuse(in_quotes(value), where);
      return set(to, number, where);
    }
    case shape::text: return set(to, std::string{value}, where);
    case shape::list: {
      text_list list;
      while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        list.emplace_back(value.substr(0, comma));
        value.remove_prefix(std::min(comma + 1, value.size()));
      }
      return set(to, list, where);
    }
  }
}

std::string setting::show(const config& from) const {
  struct shown {
    bool zero_is_auto;
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(double number) const {
      return zero_is_auto && number == 0 ? "\"auto\"" : fmt::format("{:.15g}", number);
    }
    std::string operator()(const std::string& text) const { return in_quotes(text); }
    std::string operator()(const text_list& list) const {
      std::string out = "[";
      for (const std::string& item : list) out += (out.size() > 1 ? ", " : "") + in_quotes(item);
      return out + "]";
    }
  };
  return std::visit(shown{zero_is_auto}, load(from));
}

const setting& find_setting(std::string_view name, const std::string& where) {
  std::vector<std::string_view> names;
  for (const setting& s : settings()) {
    if (s.name == name) return s;
    names.push_back(s.name);
  }
  const std::string_view close = nearest(name, names);
  throw config_error(fmt::format("{}: there is no setting {}{}", where, in_quotes(name),
                                 close.empty() ? "" : fmt::format("; did you mean {}?", close)));
}

}  // namespace tickcast::app
