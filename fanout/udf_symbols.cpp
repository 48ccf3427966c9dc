// GET /udf/symbols?symbol=: what the library needs to know of a symbol before it asks for bars. /udf/search?query=&type=&exchange=&limit=:
// what a user may mean by some letters.
#include <algorithm>

#include "fanout/udf.hpp"
#include "wire/market_hours.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::int64_t search_default = 30, search_max = 1000;
constexpr int digits_default = 2, digits_max = 15;

std::int64_t scale_of(const wire::symbol_facts& s) {
  std::int64_t scale = 1;
  for (int left = s.last_ns == 0 ? digits_default : std::min(int{s.digits}, digits_max); left > 0; --left) scale *= 10;
  return scale;
}

rest_answer written(const wire::symbol_facts& s, const wire::market_hours::hours& open) {
  rest_answer a;
  a.fresh_s = 1;  // more digits may come with the next price
  a.body.add(R"({"name":")").add(s.symbol).add(R"(","ticker":")").add(s.symbol).add(R"(","full_name":")").add(udf_exchange).add(':').add(s.symbol);
  a.body.add(R"(","description":")").add(s.symbol).add(R"(","type":")").add(udf_type);
  a.body.add(R"(","exchange":")").add(udf_exchange).add(R"(","listed_exchange":")").add(udf_exchange);
  a.body.add(R"(","session":)").add_quoted(open.session).add(R"(,"timezone":)").add_quoted(open.zone);
  a.body.add(R"(,"minmov":1,"minmov2":0,"pricescale":)").add_integer(scale_of(s));
  a.body.add(R"(,"format":"price","has_intraday":true,"intraday_multipliers":["1","5","15","60"],"has_seconds":true,"seconds_multipliers":["1"])");
  a.body.add(R"(,"has_daily":true,"has_weekly_and_monthly":false,"supported_resolutions":)").add(udf_resolutions);
  a.body.add(R"(,"visible_plots_set":"ohlcv","volume_precision":2,"data_status":"streaming"})");
  return a;
}

rest_answer written(const wire::symbol_page& page) {
  rest_answer a;
  a.body.add('[');
  wire::comma between;
  for (const wire::symbol_facts& s : page.symbols) {
    between.put(a.body);
    a.body.add(R"({"symbol":")").add(s.symbol).add(R"(","ticker":")").add(s.symbol).add(R"(","full_name":")").add(udf_exchange).add(':').add(s.symbol);
    a.body.add(R"(","description":")").add(s.symbol).add(R"(","exchange":")").add(udf_exchange).add(R"(","type":")").add(udf_type).add(R"("})");
  }
  a.body.add(']');
  return a;
}

}  // namespace

void udf_symbols(rest_call call) {
  const std::string_view name = udf_symbol(call.query["symbol"]);
  if (name.empty()) return call.answer(udf_refusal(400, "symbol is missing"));
  const wire::market_hours* const hours = call.all.hours;
  call.shelf().list({std::string{name}, wire::name_match::exactly, {}, 1}, [hours, answer = std::move(call.answer)](wire::symbol_page page) {
    if (page.failed) return answer(udf_refusal(503, "the history cannot be read at the moment"));
    if (page.symbols.empty()) return answer(udf_refusal(404, "unknown_symbol"));
    const wire::symbol_facts& s = page.symbols.front();
    answer(written(s, hours ? hours->hours_of(s.symbol) : wire::market_hours::hours{}));
  });
}

void udf_search(rest_call call) {
  std::string why;
  const auto limit = number_of(call.query, "limit", 1, search_max, search_default, why);
  if (!limit) return call.answer(udf_refusal(400, why));
  const std::string_view type = call.query["type"], exchange = call.query["exchange"];
  if ((!type.empty() && type != udf_type) || (!exchange.empty() && exchange != udf_exchange)) return call.answer(written(wire::symbol_page{}));
  const std::string_view part = udf_symbol(call.query["query"]);
  call.shelf().list({std::string{part}, wire::name_match::anywhere, {}, static_cast<std::size_t>(*limit)}, [answer = std::move(call.answer)](wire::symbol_page page) {
    answer(page.failed ? udf_refusal(503, "the history cannot be read at the moment") : written(page));
  });
}

}  // namespace tickcast::fanout
