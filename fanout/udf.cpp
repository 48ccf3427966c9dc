// What there is to say without looking anything up: /udf/config and /udf/time.
#include "fanout/udf.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tickcast::fanout {

std::optional<wire::period> udf_period(std::string_view resolution) {
  constexpr std::array<std::pair<std::string_view, wire::period>, 10> names{{{"1S", wire::period::s1},
                                                                             {"S", wire::period::s1},
                                                                             {"1", wire::period::m1},
                                                                             {"5", wire::period::m5},
                                                                             {"15", wire::period::m15},
                                                                             {"60", wire::period::h1},
                                                                             {"1H", wire::period::h1},
                                                                             {"1D", wire::period::d1},
                                                                             {"D", wire::period::d1},
                                                                             {"1d", wire::period::d1}}};
  const auto* const found = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == resolution; });
  return found == names.end() ? std::nullopt : std::optional{found->second};
}

std::string_view udf_symbol(std::string_view name) {
  if (name.size() > udf_exchange.size() && name.starts_with(udf_exchange) && name[udf_exchange.size()] == ':')
    name.remove_prefix(udf_exchange.size() + 1);
  return name;
}

rest_answer udf_refusal(int status, std::string_view message) {
  rest_answer a;
  a.status = status;
  a.kept = false;
  a.body.add(R"({"s":"error","errmsg":)").add_quoted(message).add('}');
  return a;
}

void udf_config(rest_call call) {
  rest_answer a;
  a.fresh_s = 60;
  a.body.add(R"({"supports_search":true,"supports_group_request":false,"supports_marks":false,"supports_timescale_marks":false,)");
  a.body.add(R"("supports_time":true,"supported_resolutions":)").add(udf_resolutions);
  a.body.add(R"(,"exchanges":[{"value":"","name":"All exchanges","desc":""},{"value":")").add(udf_exchange).add(R"(","name":")").add(udf_exchange);
  a.body.add(R"(","desc":""}],"symbols_types":[{"name":"All types","value":""}]})");
  call.answer(std::move(a));
}

void udf_time(rest_call call) {
  rest_answer a;
  a.type = "text/plain";
  a.kept = false;
  a.body.add_integer(call.all.clock.unix_us() / 1'000'000);
  call.answer(std::move(a));
}

}  // namespace tickcast::fanout
