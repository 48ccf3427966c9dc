// GET /udf/history?symbol=&resolution=&from=&to=&countback=: bars as a table. `countback` bars before `to`, wherever they begin; without
// it those from `from` on. Where there are none, the library is told of the next older one.
//
// A day's bar is under 00:00 UTC of the day that it counts as, whenever its session began.
#include <algorithm>

#include "fanout/topics.hpp"
#include "fanout/udf.hpp"
#include "wire/market_hours.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::int64_t bars_max = 10'000;
constexpr std::int64_t seconds_max = 9'000'000'000;         // fits into nanoseconds
constexpr std::int64_t ns = 1'000'000'000;
constexpr std::int64_t day_spread = 2 * 86'400;             // a session begins and ends within so much of its day
constexpr std::size_t day_spread_bars = 4;

struct question {
  std::string symbol;
  wire::period period = wire::period_default;
  std::int64_t from = 0, to = seconds_max;
  std::size_t count = bars_max;
  const wire::market_hours* hours = nullptr;

  std::int64_t time_of(std::int64_t start_ns) const {
    if (period != wire::period::d1) return start_ns / ns;
    return hours ? hours->day_of(symbol, start_ns) : start_ns / ns / 86'400 * 86'400;
  }
  wire::bar_query query() const {
    wire::bar_query q{symbol, period, from * ns, to * ns, count};
    if (period == wire::period::d1) {
      q.from_ns = std::max<std::int64_t>(0, from - day_spread) * ns;
      q.to_ns = std::min(seconds_max, to + day_spread) * ns;
      q.limit += day_spread_bars;
    }
    return q;
  }
};

template <class Value>
void add_column(wire::text& to, std::string_view name, const std::vector<wire::bar>& bars, Value value) {
  to.add(R"(,")").add(name).add(R"(":[)");
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (i > 0) to.add(',');
    value(bars[i]);
  }
  to.add(']');
}

rest_answer written(const question& asked, const std::vector<wire::bar>& bars) {
  rest_answer a;
  wire::text& to = a.body;
  to.room(80 * (bars.size() + 1));
  to.add(R"({"s":"ok")");
  add_column(to, "t", bars, [&](const wire::bar& b) { to.add_integer(asked.time_of(b.start_ns)); });
  add_column(to, "o", bars, [&](const wire::bar& b) { to.add_decimal(b.open); });
  add_column(to, "h", bars, [&](const wire::bar& b) { to.add_decimal(b.high); });
  add_column(to, "l", bars, [&](const wire::bar& b) { to.add_decimal(b.low); });
  add_column(to, "c", bars, [&](const wire::bar& b) { to.add_decimal(b.close); });
  add_column(to, "v", bars, [&](const wire::bar& b) { to.add_decimal(b.volume); });
  to.add('}');
  return a;
}

rest_answer nothing(const question& asked, std::int64_t before_ns) {
  rest_answer a;
  a.body.add(R"({"s":"no_data")");
  if (before_ns != 0) a.body.add(R"(,"nextTime":)").add_integer(asked.time_of(before_ns));
  a.body.add('}');
  return a;
}

rest_answer answered(const question& asked, wire::bar_page& page, bool listed) {
  if (page.failed) return udf_refusal(503, "the history cannot be read at the moment");
  if (!page.known && !listed) return udf_refusal(404, "unknown_symbol");
  std::int64_t before_ns = page.before_ns;
  std::erase_if(page.bars, [&](const wire::bar& b) {
    const std::int64_t at = asked.time_of(b.start_ns);
    if (at < asked.from) before_ns = std::max(before_ns, b.start_ns);
    return at < asked.from || at >= asked.to;
  });
  if (page.bars.size() > asked.count) page.bars.erase(page.bars.begin(), page.bars.end() - static_cast<std::ptrdiff_t>(asked.count));
  return page.bars.empty() ? nothing(asked, before_ns) : written(asked, page.bars);
}

}  // namespace

void udf_history(rest_call call) {
  std::string why;
  question asked;
  asked.symbol = udf_symbol(call.query["symbol"]);
  asked.hours = call.all.hours;
  const auto period = udf_period(call.query["resolution"]);
  // The library asks from long before 1970, and to what has not been yet.
  const auto from = number_of(call.query, "from", -100 * seconds_max, 100 * seconds_max, 0, why);
  const auto to = from ? number_of(call.query, "to", -100 * seconds_max, 100 * seconds_max, seconds_max, why) : from;
  const auto count = to ? number_of(call.query, "countback", 0, 1'000'000'000, 0, why) : to;
  if (asked.symbol.empty()) return call.answer(udf_refusal(400, "symbol is missing"));
  if (!period) return call.answer(udf_refusal(400, "resolution must be one of 1S, 1, 5, 15, 60, 1D"));
  if (!count) return call.answer(udf_refusal(400, why));
  asked.period = *period;
  asked.to = std::clamp<std::int64_t>(*to, 0, seconds_max);
  if (*count > 0) {
    asked.count = static_cast<std::size_t>(std::min(*count, bars_max));
  } else {
    asked.from = std::clamp<std::int64_t>(*from, 0, seconds_max);
  }
  const bool listed = call.all.topics->find(asked.symbol).has_value();
  wire::bar_query query = asked.query();
  call.shelf().find(std::move(query), [asked = std::move(asked), listed, answer = std::move(call.answer)](wire::bar_page page) {
    answer(answered(asked, page, listed));
  });
}

}  // namespace tickcast::fanout
