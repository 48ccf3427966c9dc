// GET /v1/bars?symbol=&period=&from=&to=&limit=: bars of one symbol, the newest `limit` of a range, oldest first.
#include <fmt/format.h>

#include "fanout/rest.hpp"
#include "fanout/topics.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::int64_t limit_default = 1000, limit_max = 10'000;
constexpr std::int64_t least_us = 100'000'000'000'000;  // 1973: a smaller number was meant as seconds or milliseconds
constexpr std::int64_t most_us = 9'000'000'000'000'000;
constexpr std::int64_t late_us = 3'600'000'000;         // late trades change the bars of the last hour, hardly older ones
constexpr std::size_t bar_text = 160;                   // of a usual bar; more makes the text grow

// The time `name`, or `otherwise`; nothing, and a sentence, if it cannot be meant.
std::optional<std::int64_t> time_of(const query_string& query, std::string_view name, std::int64_t otherwise, std::string& why) {
  const std::string_view text = query[name];
  if (text.empty()) return otherwise;
  const auto number = whole_number(text);
  if (number && (*number == 0 || (*number >= least_us && *number <= most_us))) return number;
  why = number && *number > 0 && *number < least_us
            ? fmt::format("{} must be in microseconds since 1970, and {} would be long ago; add zeros to seconds or milliseconds", name, *number)
            : fmt::format("{} must be a time in microseconds since 1970", name);
  return std::nullopt;
}

void add_bar(wire::text& to, const wire::bar& b) {
  to.add(R"({"t":)").add_integer(wire::micros(b.start_ns));
  to.add(R"(,"o":)").add_decimal(b.open).add(R"(,"h":)").add_decimal(b.high);
  to.add(R"(,"l":)").add_decimal(b.low).add(R"(,"c":)").add_decimal(b.close);
  to.add(R"(,"v":)").add_decimal(b.volume).add(R"(,"k":)").add_count(b.trades);
  to.add(b.closed ? R"(,"x":true})" : R"(,"x":false})");
}

rest_answer written(const wire::bar_query& which, const wire::bar_page& page, std::int64_t now_us) {
  rest_answer a;
  a.body.room(bar_text * (page.bars.size() + 1));
  a.body.add(R"({"symbol":")").add(which.symbol).add(R"(","period":")").add(name_of(which.period)).add(R"(","bars":[)");
  for (std::size_t i = 0; i < page.bars.size(); ++i) {
    if (i > 0) a.body.add(',');
    add_bar(a.body, page.bars[i]);
  }
  a.body.add("]}");
  // What lies back so far does not change but by bars that are filled in; the open bar changes each second.
  if (which.to_ns != INT64_MAX && wire::micros(which.to_ns) <= now_us - late_us) a.fresh_s = 3600;
  return a;
}

}  // namespace

void rest_bars(rest_call call) {
  std::string why;
  wire::bar_query which;
  which.symbol = call.query["symbol"];
  const std::string_view period = call.query["period"];
  const auto named = wire::period_named(period.empty() ? name_of(wire::period_default) : period);
  const auto from = time_of(call.query, "from", 0, why);
  const auto to = from ? time_of(call.query, "to", 0, why) : from;
  const auto limit = to ? number_of(call.query, "limit", 1, limit_max, limit_default, why) : to;
  if (!only_these(call.query, {"symbol", "period", "from", "to", "limit"}, why)) return call.answer(bad_option(why));
  if (which.symbol.empty()) return call.answer(bad_option("symbol is missing: /v1/bars?symbol=AAPL&period=1m"));
  if (!named) return call.answer(bad_option("period must be one of 1s, 1m, 5m, 15m, 1h, 1d"));
  if (!limit) return call.answer(bad_option(why));
  if (*to != 0 && *from >= *to) return call.answer(bad_option("from must be before to"));
  if (!wire::is_symbol(which.symbol)) return call.answer(bad_option("symbol must be 1 to 32 characters of A-Z a-z 0-9 . _ : / = ^ -"));
  which.period = *named;
  which.from_ns = *from * 1000;
  if (*to != 0) which.to_ns = *to * 1000;
  which.limit = static_cast<std::size_t>(*limit);
  const bool listed = call.all.topics->find(which.symbol).has_value();  // a feed has named it, though it may have no bar yet
  const std::int64_t now_us = call.all.clock.unix_us();
  call.shelf().find(which, [which, listed, now_us, answer = std::move(call.answer)](wire::bar_page page) {
    if (page.failed) return answer(unreadable());
    if (!page.known && !listed) return answer(unknown_symbol(which.symbol));
    answer(written(which, page, now_us));
  });
}

}  // namespace tickcast::fanout
