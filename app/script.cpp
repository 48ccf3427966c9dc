#include "app/script.hpp"

#include <charconv>

#include <spdlog/fmt/fmt.h>

#include "app/setting.hpp"

namespace tickcast::app {

std::vector<line_of_script> read_script(std::string_view text) {
  std::vector<line_of_script> lines;
  std::int64_t after_ns = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('@')) {
      double seconds = 0;
      const std::string_view written = line.substr(1, line.find(' ') - 1);
      const auto [end, failed] = std::from_chars(written.data(), written.data() + written.size(), seconds);
      if (failed != std::errc{} || end != written.data() + written.size() || !(seconds >= 0 && seconds < 1e9))
        throw std::runtime_error(fmt::format("script line {}: {} is no time; write @1.5 and a space in front of what is said "
                                             "one and a half seconds after the first tick", number, in_quotes(line)));
      const auto at_ns = static_cast<std::int64_t>(seconds * 1e9);
      if (at_ns < after_ns)
        throw std::runtime_error(fmt::format("script line {}: {} comes before the line in front of it; put the lines in the "
                                             "order of their times", number, in_quotes(line)));
      after_ns = at_ns;
      line.remove_prefix(std::min(line.size(), written.size() + 2));
      if (line.empty()) continue;
    }
    lines.push_back({after_ns, std::string{line}});
  }
  return lines;
}

}  // namespace tickcast::app
