#include "fanout/listing.hpp"

#include <algorithm>
#include <map>

#include "wire/message.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::size_t heartbeat_streams = 64;

// Streams with the same options stand together.
struct group {
  wire::channel channel;
  wire::delivery how;
  bool all = false;
  std::vector<wire::symbol_id> symbols;
};

std::vector<group> grouped(const subscriptions& subscribed, const shares& of) {
  std::vector<group> groups;
  for (wire::channel c : wire::all_channels)
    if (const share* const mine = of.find(c); mine && mine->all) groups.push_back({c, *mine->all, true, {}});
  for (const auto& [key, s] : subscribed) {
    const wire::channel c = channel_of(key);
    if (const share* const mine = of.find(c); mine && mine->all == s.how) continue;  // `*` says it already
    const auto same = std::find_if(groups.begin(), groups.end(), [&how = s.how, c](const group& g) {
      return g.channel == c && g.how == how && !g.all;
    });
    group& home = same == groups.end() ? groups.emplace_back(group{c, s.how, false, {}}) : *same;
    home.symbols.push_back(symbol_of(key));
  }
  for (group& g : groups) std::sort(g.symbols.begin(), g.symbols.end());
  std::stable_sort(groups.begin(), groups.end(), [](const group& a, const group& b) { return a.channel < b.channel; });
  return groups;
}

void add_failed(wire::text& to, std::string_view name) {
  to.add(R"({"s":)").add_quoted(name).add(R"(,"code":"unknown_symbol"})");
}

}  // namespace

void add_subscribed(wire::text& to, const wire::symbol_table& symbols, const subscribing& w, const wire::answer& a, bool ids) {
  wire::open_answer(to, "subscribed", w.id);
  to.add(',');
  wire::add_channel(to, w.channel);
  wire::add_delivery(to, w.how);
  to.add(R"(,"symbols":[)");
  wire::comma between;
  if (w.all) between.put(to), to.add(R"({"s":"*","count":)").add_count(a.streams.size()).add('}');
  for (const wire::stream_state& s : a.streams) {
    const bool resumed = w.resumed.contains(wire::index_of(s.symbol));
    if (!s.opened || (w.all && !resumed)) continue;
    between.put(to);
    to.add(R"({"s":")").add(symbols.name(s.symbol)).add(R"(","n":)").add_count(s.last);
    if (ids) to.add(R"(,"id":)").add_count(wire::index_of(s.symbol));
    if (resumed) to.add(R"(,"recovered":)").add(s.recovered ? "true" : "false");
    to.add('}');
  }
  to.add(R"(],"failed":[)");
  wire::comma next;
  for (const std::string& name : w.failed) {
    next.put(to);
    add_failed(to, name);
  }
  for (std::size_t i = 0; i < a.streams.size() && i < w.asked.size(); ++i) {
    if (a.streams[i].opened) continue;
    next.put(to);
    add_failed(to, w.asked[i]);
  }
  to.add("]}");
}

void add_subscriptions(wire::text& to, std::string_view id, const wire::symbol_table& symbols,
                       const subscriptions& subscribed, const shares& of) {
  wire::open_answer(to, "subscriptions", id);
  to.add(R"(,"subscriptions":[)");
  wire::comma between_groups;
  for (const group& g : grouped(subscribed, of)) {
    between_groups.put(to);
    to.add('{');
    wire::add_channel(to, g.channel);
    wire::add_delivery(to, g.how);
    to.add(R"(,"symbols":[)");
    if (g.all) to.add(R"("*")");
    wire::comma between;
    for (wire::symbol_id s : g.symbols) {
      between.put(to);
      to.add_quoted(symbols.name(s));
    }
    to.add("]}");
  }
  to.add("]}");
}

// The bars of all periods are one channel for a client: where it has several of a symbol, the number that all have reached.
std::size_t add_heartbeat(wire::text& to, const commons& all, const subscriptions& subscribed, std::size_t from) {
  if (from >= subscribed.size()) from = 0;
  using numbers = std::map<wire::symbol_id, wire::sequence>;
  std::array<numbers, wire::channel_names.size()> shown;
  const auto place_of = [](wire::channel c) {
    const auto* const found = std::find(wire::channel_names.begin(), wire::channel_names.end(), wire::name_of(c));
    return static_cast<std::size_t>(found - wire::channel_names.begin());
  };
  std::size_t seen = 0;
  for (const auto& [key, s] : subscribed) {
    if (seen == from + heartbeat_streams) break;
    if (seen++ < from) continue;
    const wire::sequence last = all.topics->delivered(s);
    const auto [place, first] = shown[place_of(channel_of(key))].try_emplace(symbol_of(key), last);
    if (!first) place->second = std::min(place->second, last);
  }
  to.add(R"({"e":"heartbeat","t":)").add_integer(all.clock.unix_us()).add(R"(,"n":{)");
  wire::comma channels;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i].empty()) continue;
    channels.put(to);
    to.add_quoted(wire::channel_names[i]).add(":{");
    wire::comma between;
    for (const auto& [symbol, last] : shown[i]) {
      between.put(to);
      to.add_quoted(all.symbols.name(symbol)).add(':').add_count(last);
    }
    to.add('}');
  }
  to.add("}}");
  return seen;
}

}  // namespace tickcast::fanout
