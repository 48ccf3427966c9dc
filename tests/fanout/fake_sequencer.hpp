#pragma once
// The other side of the inbox: numbers ticks, remembers every one of them, answers requests at their place among the
// ticks, and can lose what it puts into the lane. What it remembers is the truth that tests compare with.
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/answer.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"
#include "wire/symbols.hpp"

namespace tickcast::fanout {

class fake_sequencer {
 public:
  struct happening {
    wire::tick tick{};
    std::string id;     // of the trade; empty: none
    bool lost = false;  // on its way into the lane
  };
  struct stream {
    std::vector<happening> all;  // number n at n − 1
    bool wanted = false;
  };
  using states = std::vector<std::pair<std::string, wire::sequence>>;  // what an answer said: symbol, last number

  fake_sequencer(wire::symbol_table& symbols, wire::inbox& inbox, wire::lane& lane)
      : symbols_(symbols), inbox_(inbox), lane_(lane) {}

  wire::symbol_id name(std::string_view symbol) {
    const auto id = *symbols_.append(symbol);
    grow();
    return id;
  }
  std::size_t symbols() const { return symbols_.size(); }
  std::string_view name_of(wire::symbol_id s) const { return symbols_.name(s); }
  stream& of(wire::channel c, wire::symbol_id s) { return streams_.at(wire::index_of(s))[wire::index_of(c)]; }

  void trade(wire::symbol_id s, wire::decimal price, wire::decimal size, std::string_view id = {}, bool lost = false) {
    wire::tick t{};
    t.kind = wire::record_kind::trade;
    t.price_exponent = price.exponent;
    t.size_exponent = size.exponent;
    t.trade.price = price.mantissa;
    t.trade.size = size.mantissa;
    publish(t, s, id, lost);
  }
  void quote(wire::symbol_id s, std::int64_t bid_cents, std::int64_t ask_cents, bool lost = false) {
    wire::tick t{};
    t.kind = wire::record_kind::quote;
    t.price_exponent = -2;
    t.quote = {bid_cents, 3, ask_cents, 5};
    publish(t, s, {}, lost);
  }

  // A request that waits in the inbox; null when there is none.
  std::unique_ptr<wire::request> next() { return inbox_.next(); }
  states serve(const wire::request& r) {
    states said;
    const std::size_t c = wire::index_of(r.channel);
    if (r.kind == wire::request_kind::close) {
      if (r.all) wanted_all_[c] = false;
      for (const wire::wanted& w : r.streams) streams_[wire::index_of(w.symbol)][c].wanted = false;
      return said;
    }
    auto reply = std::make_unique<wire::answer>();
    reply->number = r.number;
    reply->channel = r.channel;
    const auto open = [&](wire::symbol_id s, std::optional<wire::sequence> after) {
      stream& from = of(r.channel, s);
      from.wanted = true;
      wire::stream_state state;
      state.symbol = s;
      state.last = from.all.size();
      // Only the last tick is kept: a resume from the last number needs nothing, any other cannot be served.
      state.recovered = after && *after == state.last;
      if (!state.recovered && r.history > 0 && !from.all.empty()) {
        const happening& last = from.all.back();
        const auto sheet = std::make_shared<wire::sheet>();
        notes_of(last.id).split(s, [&](const wire::note& n) { sheet->emplace_back(n); });
        sheet->emplace_back(last.tick);
        state.ticks = {sheet, 0, sheet->size()};
      }
      reply->streams.push_back(state);
      said.emplace_back(symbols_.name(s), state.last);
    };
    if (r.all) {
      wanted_all_[c] = true;
      for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
        std::optional<wire::sequence> after;
        for (const wire::wanted& w : r.streams)
          if (wire::index_of(w.symbol) == i) after = w.after;
        open(wire::symbol_id{i}, after);
      }
    } else {
      for (const wire::wanted& w : r.streams) open(w.name.empty() ? w.symbol : resolve(w.name), w.after);
    }
    put(wire::record{reply.release()});
    return said;
  }
  void serve_all() {
    while (const auto r = next()) serve(*r);
  }

 private:
  static wire::notes notes_of(std::string_view id) {
    wire::notes n;
    if (!id.empty()) n.add(wire::note_tag::id, id);
    return n;
  }
  wire::symbol_id resolve(std::string_view symbol) {
    for (std::uint32_t i = 0; i < symbols_.size(); ++i)
      if (symbols_.name(wire::symbol_id{i}) == symbol) return wire::symbol_id{i};
    return name(symbol);
  }
  void grow() {
    while (streams_.size() < symbols_.size()) {
      auto& added = streams_.emplace_back();
      for (std::size_t c = 0; c < wire::channel_count; ++c) added[c].wanted = wanted_all_[c];
    }
  }
  void publish(wire::tick t, wire::symbol_id s, std::string_view id, bool lost) {
    stream& to = of(wire::channel_of(t.kind), s);
    t.symbol = s;
    t.n = to.all.size() + 1;
    t.venue_ns = (1'700'000'000'000'000 + static_cast<std::int64_t>(t.n) * 17) * 1000;
    t.arrived_ns = 1;
    to.all.push_back({t, std::string{id}, lost});
    if (!to.wanted || lost) return;
    notes_of(id).split(s, [&](const wire::note& n) { put(wire::record{n}); });
    put(wire::record{t});
  }
  void put(const wire::record& r) { lane_.put({&r, 1}); }

  wire::symbol_table& symbols_;
  wire::inbox& inbox_;
  wire::lane& lane_;
  std::deque<std::array<stream, wire::channel_count>> streams_;
  std::array<bool, wire::channel_count> wanted_all_{};
};

}  // namespace tickcast::fanout
