#include "fanout/rest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "fanout/udf.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

struct place {
  std::string_view path;
  rest_noun noun;
};

constexpr std::array places{
    place{"/v1/bars", rest_bars},
    place{"/v1/symbols", rest_symbols},
    place{"/v1/snapshot", rest_snapshot},
    place{"/udf/config", udf_config},
    place{"/udf/symbols", udf_symbols},
    place{"/udf/search", udf_search},
    place{"/udf/history", udf_history},
    place{"/udf/time", udf_time},
};

}  // namespace

rest_noun find_noun(std::string_view path) {
  const auto* const found = std::find_if(places.begin(), places.end(), [path](const place& p) { return p.path == path; });
  return found == places.end() ? nullptr : found->noun;
}

rest_answer refusal(int status, std::string_view code, std::string_view message) {
  rest_answer a;
  a.status = status;
  a.kept = false;
  wire::add_http_error(a.body, code, message);
  return a;
}

bool only_these(const query_string& query, std::initializer_list<std::string_view> names, std::string& why) {
  for (const auto& [name, value] : query.all()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    why = fmt::format("there is no parameter \"{}\" here; there are {}", name.substr(0, 40), fmt::join(names, ", "));
    if (!wire::is_utf8(why)) why = fmt::format("there is a parameter that is not known here; there are {}", fmt::join(names, ", "));
    return false;
  }
  return true;
}

std::optional<std::int64_t> number_of(const query_string& query, std::string_view name, std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise, std::string& why) {
  const std::string_view text = query[name];
  if (text.empty()) return otherwise;
  const auto number = whole_number(text);
  if (number && *number >= least && *number <= most) return number;
  why = fmt::format("{} must be a whole number from {} to {}", name, least, most);
  return std::nullopt;
}

}  // namespace tickcast::fanout
