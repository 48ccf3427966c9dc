// GET /v1/symbols?prefix=&after=&limit=: the symbols there are, by name, and the last price of each.
#include "fanout/rest.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::int64_t limit_max = 10'000;

rest_answer written(const wire::symbol_page& page) {
  rest_answer a;
  a.fresh_s = 1;
  a.body.add(R"({"symbols":[)");
  wire::comma between;
  for (const wire::symbol_facts& s : page.symbols) {
    between.put(a.body);
    a.body.add(R"({"s":")").add(s.symbol).add('"');
    if (s.last_ns != 0) {
      a.body.add(R"(,"p":)").add_decimal(s.last).add(R"(,"t":)").add_integer(wire::micros(s.last_ns));
      a.body.add(R"(,"digits":)").add_count(s.digits);
    }
    a.body.add('}');
  }
  a.body.add(']');
  if (page.more) a.body.add(R"(,"next":")").add(page.symbols.back().symbol).add('"');
  a.body.add('}');
  return a;
}

}  // namespace

void rest_symbols(rest_call call) {
  std::string why;
  wire::symbol_query which;
  const auto limit = number_of(call.query, "limit", 1, limit_max, limit_max, why);
  if (!only_these(call.query, {"prefix", "after", "limit"}, why) || !limit) return call.answer(bad_option(why));
  which.part = call.query["prefix"];
  which.after = call.query["after"];
  which.limit = static_cast<std::size_t>(*limit);
  call.shelf().list(which, [answer = std::move(call.answer)](wire::symbol_page page) { answer(page.failed ? unreadable() : written(page)); });
}

}  // namespace tickcast::fanout
