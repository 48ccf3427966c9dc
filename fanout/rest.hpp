#pragma once
// What is answered with plain JSON, besides the stream: the nouns of /v1/… and TradingView's UDF. One `rest_call` is one
// request on its way: the parameters, where it came in, and whom to answer. Most answers come later and are made on
// another thread, that of who keeps the bars; so a noun takes what it needs along and writes its text there, and a shard
// only sends it.
//
// It knows no HTTP beyond a status and how long an answer stays good: that is `http_front`'s.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "fanout/commons.hpp"
#include "fanout/query_string.hpp"
#include "wire/bar_shelf.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

struct rest_answer {
  int status = 200;
  std::string_view type = "application/json";
  wire::text body;
  std::int64_t fresh_s = 0;  // may be taken from a cache for so long; 0: only when asked whether it has changed
  bool kept = true;          // may be kept at all
};

struct rest_call {
  commons& all;  // on the shard's thread only
  query_string query;
  std::function<void(rest_answer)> answer;  // from any thread, once

  wire::bar_shelf& shelf() const { return *all.shelf; }
};

using rest_noun = void (*)(rest_call call);

// What is served under this path; null: nothing.
rest_noun find_noun(std::string_view path);

// ---- for the nouns ----

rest_answer refusal(int status, std::string_view code, std::string_view message);
// For what is wrong with a parameter.
inline rest_answer bad_option(std::string_view message) { return refusal(400, "bad_option", message); }
inline rest_answer unknown_symbol(std::string_view name) {
  return refusal(404, "unknown_symbol", "there is no symbol \"" + std::string{name} + "\"; /v1/symbols lists those there are");
}
inline rest_answer unreadable() { return refusal(503, "unavailable", "the history cannot be read at the moment; try again later"); }

// Whether all parameters are among these, or what is to be said if they are not.
bool only_these(const query_string& query, std::initializer_list<std::string_view> names, std::string& why);
// The whole number `name`, or `otherwise` without one. Nothing, and a sentence: it is none, or out of range.
std::optional<std::int64_t> number_of(const query_string& query, std::string_view name, std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise, std::string& why);

void rest_bars(rest_call call);
void rest_symbols(rest_call call);
void rest_snapshot(rest_call call);

}  // namespace tickcast::fanout
