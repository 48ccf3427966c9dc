#include "witness.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "wire/json_reader.hpp"
#include "wire/merge.hpp"

namespace tickcast {
namespace {

std::string plain(std::string_view quoted) {
  return quoted.size() >= 2 && quoted.front() == '"' ? std::string{quoted.substr(1, quoted.size() - 2)}
                                                     : std::string{quoted};
}

constexpr std::array<std::int64_t, 3> periods{wire::bar_second_ns, wire::bar_minute_ns, 5 * wire::bar_minute_ns};

wire::sequence whole(std::string_view text) { return std::strtoull(std::string{text}.c_str(), nullptr, 10); }

}  // namespace

void witness::bar::add(const bar& later) {
  if (count == 0) {
    *this = later;
    return;
  }
  high = std::max(high, later.high);
  low = std::min(low, later.low);
  close = later.close;
  volume += later.volume;
  count += later.count;
}

witness::number witness::scaled(std::string_view decimal) {
  const bool negative = !decimal.empty() && decimal.front() == '-';
  if (negative) decimal.remove_prefix(1);
  number value = 0;
  int places = -1;
  for (char c : decimal) {
    if (c == '.') {
      places = 0;
    } else {
      value = value * 10 + (c - '0');
      if (places >= 0) ++places;
    }
  }
  for (int i = std::max(places, 0); i < 9; ++i) value *= 10;
  return negative ? -value : value;
}

witness::number witness::scaled(std::int64_t mantissa, int exponent) {
  number value = mantissa;
  for (int i = -9; i < exponent; ++i) value *= 10;
  return value;
}

witness::members witness::read(std::string_view object) {
  members found;
  wire::json_walk walk{object};
  while (walk.next()) found.emplace(walk.key(), walk.value().raw);
  if (!walk.ok()) found.clear();
  return found;
}

void witness::wrong(std::string what) {
  if (fault.empty()) fault = std::move(what) + " in " + shown_.substr(0, 1000);
}

void witness::see(std::string_view frame) {
  wire::json_walk walk{frame};
  bool any = false, data_came = false;
  while (walk.next()) {
    any = true;
    shown_ = walk.value().raw;
    const members m = read(walk.value().raw);
    const auto e = m.find("e");
    if (e == m.end()) return wrong("a message without a kind");
    const std::string kind = plain(e->second);
    if (!welcomed_ && kind != "welcome") wrong("something before the welcome");
    if (control(kind, m)) {
      if (data_came) wrong("control behind data");
      continue;
    }
    data_came = true;
    if (kind == "gap") {
      gap(m);
    } else {
      data(kind, m);
    }
  }
  shown_ = frame;
  if (!walk.ok() || walk.kind() != wire::json_kind::array) wrong("a frame that is no JSON array");
  if (!any) wrong("an empty frame");
}

bool witness::control(std::string_view kind, const members& m) {
  if (kind == "welcome") {
    if (std::exchange(welcomed_, true)) wrong("a second welcome");
  } else if (kind == "subscribed") {
    subscribed(m);
  } else if (kind == "unsubscribed") {
    unsubscribed(m);
  } else if (kind == "heartbeat") {
    heartbeat(m);
  } else if (kind == "rate") {
    rate(m);
  } else if (kind == "symbol") {
    named(m);
  } else if (kind == "pong" || kind == "error" || kind == "subscriptions") {
    const asked a = next_asked(m);
    if (kind == "pong" && a.op != wire::operation::ping) wrong("a pong that nobody asked for");
    if (kind == "subscriptions" && a.op != wire::operation::list) wrong("a list that nobody asked for");
    if (kind == "error" && a.op != wire::operation::unsubscribe) wrong("an error for a good command");
  } else {
    return false;
  }
  return true;
}

witness::asked witness::next_asked(const members& m) {
  if (asked_.empty()) {
    wrong("an answer without a question");
    return {};
  }
  const asked a = std::move(asked_.front());
  asked_.pop_front();
  const auto id = m.find("id");
  if (id == m.end() || id->second != a.id) wrong("an answer out of order, " + a.id + " was next");
  return a;
}

// What the options permit from now on; what they permitted before may still be in the queue.
void witness::allow(watch& w, const wire::delivery& how) {
  w.may_merge |= how.mode == wire::delivery_mode::latest || how.on_slow == wire::slow_policy::latest;
  w.may_gap |= how.mode == wire::delivery_mode::every && how.on_slow == wire::slow_policy::gap;
  w.slow |= how.mode == wire::delivery_mode::latest && how.interval_ms > 500;
}

void witness::subscribed(const members& m) {
  const asked a = next_asked(m);
  if (a.op != wire::operation::subscribe) return wrong("an answer of the wrong kind");
  if (plain(m.at("channel")) != name_of(a.channel) || plain(m.at("mode")) != name_of(a.how.mode))
    wrong("an answer with other options");
  if (answers_.empty()) return wrong("an answer before the sequencer's");
  const states told = std::move(answers_.front());
  answers_.pop_front();
  wire::json_walk walk{m.at("symbols")};
  if (a.all) {
    const members all = walk.next() ? read(walk.value().raw) : members{};
    if (all.empty() || plain(all.at("s")) != "*" || whole(all.at("count")) != told.size()) return wrong("a wrong count");
  }
  for (const state& s : told) {
    const bool by_name = a.resumed.contains(s.symbol);
    if (a.all && !by_name) continue;
    if (!walk.next()) return wrong("an answer with less than the sequencer said");
    const members said = read(walk.value().raw);
    const auto recovered = said.find("recovered");
    if (plain(said.at("s")) != s.symbol || whole(said.at("n")) != s.last) wrong("other numbers than the sequencer's");
    if ((recovered != said.end()) != by_name) wrong("recovered said or left out of place for " + s.symbol);
    if (recovered != said.end() && (recovered->second == "true") != s.recovered) wrong("a wrong recovered for " + s.symbol);
  }
  if (walk.next()) wrong("an answer with more than the sequencer said");
  const auto before = wild_[wire::index_of(a.channel)];
  const auto not_wanted = left_out_;
  if (a.all) {
    wild_[wire::index_of(a.channel)] = a;
    ever_all_ = true;
    std::erase_if(left_out_, [&](const key& k) { return k.first == a.channel; });
  }
  for (const state& s : told) {
    left_out_.erase({a.channel, s.symbol});
    const auto [place, fresh] = watches_.try_emplace({a.channel, s.symbol});
    watch& w = place->second;
    if (fresh && before && !not_wanted.contains({a.channel, s.symbol})) {
      // Named since the `*` before, which has it from its first number on.
      w.next = 1;
      allow(w, before->how);
    } else if (fresh) {
      w.next = (s.recovered ? a.resumed.at(s.symbol) : s.last) + 1;
      resumed += s.recovered;
    }
    if (!s.recovered && s.last + 1 < w.next) wrong("a subscription that begins before what was sent of " + s.symbol);
    allow(w, a.how);
    if (s.recovered) continue;
    if (a.snapshot && s.last > 0 && s.ticks == 0) wrong("a snapshot without " + s.symbol);
    for (std::size_t i = s.ticks; i > 0; --i) w.snaps.push_back({s.last + 1 - i, s.last});
  }
}

void witness::unsubscribed(const members& m) {
  const asked a = next_asked(m);
  if (a.op != wire::operation::unsubscribe) return wrong("an answer of the wrong kind");
  wire::json_walk walk{m.at("symbols")};
  while (walk.next()) {
    const std::string symbol = plain(walk.value().raw);
    if (!watches_.erase({a.channel, symbol}) && !wild_[wire::index_of(a.channel)]) wrong("unsubscribed from what was not there");
    if (wild_[wire::index_of(a.channel)]) left_out_.insert({a.channel, symbol});
  }
  if (!a.all) return;
  for (const auto& [k, w] : watches_)
    if (k.first == a.channel) wrong("still there after all were unsubscribed: " + k.second);
  wild_[wire::index_of(a.channel)].reset();
  std::erase_if(left_out_, [&](const key& k) { return k.first == a.channel; });
}

void witness::heartbeat(const members& m) {
  for (const auto& [name, numbers] : read(m.at("n"))) {
    const auto c = *wire::channel_named(name);
    for (const auto& [symbol, n] : read(numbers)) {
      const auto w = watches_.find({c, symbol});
      const wire::sequence known = w == watches_.end() ? 0 : w->second.next - 1;
      if (w == watches_.end() && !wild_[wire::index_of(c)]) wrong("a heartbeat of what is not subscribed");
      if (w != watches_.end() && !w->second.snaps.empty()) wrong("a heartbeat before the snapshot of " + symbol);
      if (whole(n) != known) wrong("a heartbeat that says " + n + " where " + std::to_string(known) + " was sent");
    }
  }
}

// A number for a name: one of the market, told to who asked for all of them.
void witness::named(const members& m) {
  if (!ever_all_) wrong("a symbol's id for who did not ask for all");
  if (!m.contains("s") || !m.contains("id")) wrong("a symbol without a name or a number");
}

void witness::rate(const members& m) {
  bool& slowed = slowed_[wire::index_of(*wire::channel_named(plain(m.at("channel"))))];
  const bool now = plain(m.at("mode")) == "latest";
  if (now == slowed) wrong("a change of rate to what it was");
  slowed = now;
  degraded += now;
}

witness::watch* witness::watching(wire::channel c, const std::string& symbol) {
  const key k{c, symbol};
  if (const auto w = watches_.find(k); w != watches_.end()) return &w->second;
  const auto& wild = wild_[wire::index_of(c)];
  if (!wild || left_out_.contains(k)) {
    wrong("data of what is not subscribed");
    return nullptr;
  }
  // Named since: its first number is the first of all.
  watch& w = watches_[k];
  w.next = 1;
  allow(w, wild->how);
  return &w;
}

void witness::gap(const members& m) {
  const auto c = *wire::channel_named(plain(m.at("channel")));
  const std::string symbol = plain(m.at("s"));
  watch* w = watching(c, symbol);
  if (!w) return;
  ++gaps;
  const wire::sequence first = whole(m.at("f")), last = whole(m.at("n"));
  const auto& told = market_.of(c, symbol);
  if (first != w->next || last < first) return wrong("a gap that does not follow on " + std::to_string(w->next - 1));
  if (last > told.size()) return wrong("a gap beyond the last number");
  if (!w->snaps.empty() && last > w->snaps.back().last) wrong("a gap before its snapshot");
  const std::string why = plain(m.at("why"));
  if (why == "overflow") {
    ++overflows;
    if (!may_lose) wrong("a gap though no lane has dropped anything");
    if (last >= market_.oldest(c, symbol)) wrong("a gap over what is still kept");
  } else if (why != "slow_consumer" || !w->may_gap) {
    wrong("a gap that was not asked for");
  }
  w->next = last + 1;
}

void witness::data(std::string_view kind, const members& m) {
  if (kind != "trade" && kind != "quote") return wrong("a message of an unknown kind");
  const auto c = kind == "trade" ? wire::channel::trades : wire::channel::quotes;
  const std::string symbol = plain(m.at("s"));
  watch* w = watching(c, symbol);
  if (!w) return;
  const auto& told = market_.of(c, symbol);
  const wire::sequence last = whole(m.at("n"));
  if (last == 0 || last > told.size()) return wrong("a number that never was");
  if (m.contains("snap")) {
    ++snapshots;
    if (m.contains("f") || m.contains("k")) wrong("a merged snapshot");
    if (w->snaps.empty() || w->snaps.front().n != last) return wrong("a snapshot that was not announced");
    const announced part = w->snaps.front();
    w->snaps.pop_front();
    if (w->next != part.last + 1) wrong("a snapshot out of its place, " + std::to_string(w->next) + " was next");
    watch alone;
    return compare(m, c, told, last, last, alone);
  }
  ++live;
  const bool merged = m.contains("k");
  const wire::sequence first = merged ? whole(m.at("f")) : last;
  if (merged != m.contains("f")) wrong("f without k, or k without f");
  if (merged && whole(m.at("k")) != last - first + 1) wrong("k that is not the count");
  if (merged && whole(m.at("k")) < 2) wrong("a merged message of one");
  if (merged && !w->may_merge) wrong("a merged message that was not asked for");
  if (first != w->next || last < first) return wrong("a message that does not follow on " + std::to_string(w->next - 1));
  if (!w->snaps.empty() && last > w->snaps.back().last) wrong("live before its snapshot");
  merges += merged;
  w->next = last + 1;
  compare(m, c, told, first, last, *w);
}

void witness::compare(const members& m, wire::channel c, const truth::stream& told, wire::sequence first,
                      wire::sequence last, watch& w) {
  const truth::happening& newest = told[last - 1];
  const wire::tick& t = newest.tick;
  if (whole(m.at("t")) != static_cast<wire::sequence>(t.venue_ns / 1000)) wrong("a wrong time");
  const auto expect = [&](const char* name, number value) {
    const auto at = m.find(name);
    if (at == m.end() || scaled(at->second) != value) wrong(std::string{"a wrong "} + name);
  };
  if (c == wire::channel::quotes) {
    expect("b", scaled(t.quote.bid, t.price_exponent));
    expect("a", scaled(t.quote.ask, t.price_exponent));
    expect("bq", scaled(t.quote.bid_size, t.size_exponent));
    expect("aq", scaled(t.quote.ask_size, t.size_exponent));
    return;
  }
  expect("p", scaled(t.trade.price, t.price_exponent));
  expect("q", scaled(t.trade.size, t.size_exponent));
  bar truly;
  for (wire::sequence n = first; n <= last; ++n) {
    const wire::tick& raw = told[n - 1].tick;
    const number price = scaled(raw.trade.price, raw.price_exponent);
    truly.add({price, price, price, price, scaled(raw.trade.size, raw.size_exponent), 1});
  }
  bar got;
  if (m.contains("k")) {
    expect("o", truly.open);
    expect("h", truly.high);
    expect("l", truly.low);
    expect("v", truly.volume);
    if (m.contains("id")) wrong("a merged message with the id of one trade");
    got = {scaled(m.at("o")), scaled(m.at("h")), scaled(m.at("l")), scaled(m.at("p")), scaled(m.at("v")), whole(m.at("k"))};
  } else {
    if (m.contains("v") || m.contains("o")) wrong("a plain message with a bar");
    const auto id = m.find("id");
    if ((id == m.end() ? std::string{} : plain(id->second)) != newest.id) wrong("a wrong id");
    const number price = scaled(m.at("p"));
    got = {price, price, price, price, scaled(m.at("q")), 1};
  }
  w.true_bar.add(truly);
  w.received.add(got);
  if (!(w.received == w.true_bar)) wrong("bars differ");
  if (!m.contains("snap")) build_bars(got, told, first, last, w);
}

// A message belongs to the bar of its time, as a client would have it.
void witness::build_bars(const bar& got, const truth::stream& told, wire::sequence first, wire::sequence last, watch& w) {
  const auto start = [&](wire::sequence n, std::int64_t period) { return told[n - 1].tick.venue_ns / period; };
  for (std::size_t i = 0; i < periods.size(); ++i) {
    bool spans_edge = false;
    for (wire::sequence n = first; n <= last; ++n) {
      const wire::tick& raw = told[n - 1].tick;
      const number price = scaled(raw.trade.price, raw.price_exponent);
      w.true_bars[i][start(n, periods[i])].add({price, price, price, price, scaled(raw.trade.size, raw.size_exponent), 1});
      spans_edge |= start(n, periods[i]) != start(last, periods[i]);
    }
    w.bars[i][start(last, periods[i])].add(got);
    spans += spans_edge;
    if (spans_edge && !may_span && !(w.slow && i == 0)) wrong("a merge across the edge of a bar");
  }
}

bool witness::watches(const key& k) const {
  return watches_.contains(k) || wild_[wire::index_of(k.first)] ||
         std::any_of(asked_.begin(), asked_.end(), [&](const asked& a) {
           return a.op == wire::operation::subscribe && a.channel == k.first &&
                  (a.all || std::find(a.symbols.begin(), a.symbols.end(), k.second) != a.symbols.end());
         });
}

std::map<witness::key, wire::sequence> witness::heard() const {
  std::map<key, wire::sequence> all;
  for (const auto& [k, w] : watches_)
    if (w.snaps.empty() && w.next > 0) all[k] = w.next - 1;
  return all;
}

void witness::finish(const std::vector<std::string>& symbols) {
  shown_ = "the end";
  if (!asked_.empty()) wrong("a command without an answer: " + asked_.front().id);
  for (const auto& [k, w] : watches_) {
    const auto& told = market_.of(k.first, k.second);
    if (!w.snaps.empty()) wrong("no snapshot of " + k.second);
    if (w.next != told.size() + 1)
      wrong(std::string{wire::name_of(k.first)} + " of " + k.second + " end at " + std::to_string(w.next - 1) + " of " +
            std::to_string(told.size()));
    if (may_span) continue;
    for (std::size_t i = w.slow ? 1 : 0; i < periods.size(); ++i) {
      bars += w.bars[i].size();
      if (w.bars[i] != w.true_bars[i]) wrong("bars of " + std::to_string(periods[i] / wire::bar_second_ns) + " s differ");
    }
  }
  for (wire::channel c : wire::all_channels) {
    if (!wild_[wire::index_of(c)]) continue;
    for (const std::string& symbol : symbols) {
      const key k{c, symbol};
      if (!left_out_.contains(k) && !watches_.contains(k) && !market_.of(c, symbol).empty())
        wrong("nothing of " + k.second + ", though all were asked for");
    }
  }
  for (bool slowed : slowed_)
    if (slowed) wrong("still slowed down");
}

}  // namespace tickcast
