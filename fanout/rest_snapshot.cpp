// GET /v1/snapshot?channel=&symbols=: what a subscription would begin with, once. It asks the sequencer as a session does,
// and so says how things stand at one place among the ticks.
#include <memory>

#include <fmt/format.h>

#include "fanout/rest.hpp"
#include "fanout/topics.hpp"
#include "wire/book_message.hpp"
#include "wire/command.hpp"
#include "wire/encode_json.hpp"
#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::size_t symbols_max = 1024;

// Lives from the question to the answer.
class snapshot final : public errand, private asker {
 public:
  snapshot(rest_call call, wire::channel of, std::uint16_t depth, std::vector<std::string> unknown)
      : call_(std::move(call)), of_(of), depth_(depth), unknown_(std::move(unknown)) {}

  void ask(std::vector<wire::wanted> streams, std::uint32_t history) {
    call_.all.topics->ask(*this, of_, std::move(streams), history, false);
  }

 private:
  void answered(const wire::answer& a) override {
    call_.answer(written(a));
    call_.all.errands.erase(this);  // and so this is gone
  }
  void appeared(wire::channel, wire::symbol_id) override {}

  rest_answer written(const wire::answer& a) const {
    rest_answer out;
    out.kept = false;
    wire::text& to = out.body;
    const commons& all = call_.all;
    to.add('{');
    wire::add_channel(to, of_);
    to.add(R"(,"epoch":")").add(all.epoch).add(R"(","symbols":[)");
    wire::comma listed, between, missing;
    for (const wire::stream_state& s : a.streams) {
      listed.put(to);
      to.add(R"({"s":")").add(all.symbols.name(s.symbol)).add(R"(","n":)").add_count(s.last).add('}');
    }
    to.add(R"(],"failed":[)");
    for (const std::string& name : unknown_) {
      missing.put(to);
      to.add(R"({"s":)").add_quoted(name).add(R"(,"code":"unknown_symbol"})");
    }
    to.add(R"(],"messages":[)");
    for (const wire::stream_state& s : a.streams) {
      if (of_ == wire::channel::book && s.last > 0) {
        between.put(to);
        wire::encode_json_book(to, all.symbols.name(s.symbol), *all.topics->book_of(s.symbol).page(depth_));
      }
      s.ticks.each([&](const wire::tick& t, std::string_view notes) {
        between.put(to);
        wire::encode_json(to, all.symbols.name(s.symbol), t, notes, true);
      });
    }
    to.add("]}");
    return out;
  }

  rest_call call_;
  const wire::channel of_;
  const std::uint16_t depth_;  // of a book
  const std::vector<std::string> unknown_;
};

}  // namespace

void rest_snapshot(rest_call call) {
  std::string why;
  const std::string_view channel = call.query["channel"], period = call.query["period"];
  const auto named = wire::period_named(period.empty() ? name_of(wire::period_default) : period);
  const auto of = wire::channel_named(channel, named.value_or(wire::period_default));
  const auto history = number_of(call.query, "history", 1, wire::history_max, 1, why);
  const auto depth = number_of(call.query, "depth", 1, wire::depth_max, wire::depth_default, why);
  if (!only_these(call.query, {"channel", "symbols", "period", "history", "depth"}, why) || !history || !depth) return call.answer(bad_option(why));
  if (!of) return call.answer(bad_option(fmt::format("channel must be one of {}", fmt::join(wire::channel_names, ", "))));
  if (!named || (!period.empty() && !wire::is_bars(*of))) return call.answer(bad_option("period must be one of 1s, 1m, 5m, 15m, 1h, 1d, and only bars have one"));
  bool more = false;
  const auto names = items_of(call.query["symbols"], symbols_max, more);
  if (names.empty()) return call.answer(bad_option("symbols is missing: name them, separated by commas"));
  if (!call.query["depth"].empty() && *of != wire::channel::book) return call.answer(bad_option("only a book has a depth"));
  if (more) return call.answer(bad_option("more than 1024 symbols; ask for them in parts"));
  std::vector<wire::wanted> streams;
  std::vector<std::string> unknown;
  std::unordered_set<std::string_view> seen;
  for (std::string_view name : names) {
    if (!seen.insert(name).second) continue;
    if (const auto id = call.all.topics->find(name)) {
      streams.push_back({*id, {}, {}});
    } else {
      unknown.emplace_back(name.substr(0, 2 * wire::symbol_max));
      if (!wire::is_utf8(unknown.back())) unknown.back() = "?";
    }
  }
  if (streams.empty()) return call.answer(unknown_symbol(unknown.front()));
  commons& all = call.all;
  auto made = std::make_unique<snapshot>(std::move(call), *of, static_cast<std::uint16_t>(*depth), std::move(unknown));
  snapshot& asks = *made;
  all.errands.emplace(&asks, std::move(made));
  asks.ask(std::move(streams), static_cast<std::uint32_t>(*history));
}

}  // namespace tickcast::fanout
