#pragma once
// Candles of one symbol, what they are given, and somebody who is told of them and holds that against the laws.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "feed/candles.hpp"
#include "naive_bars.hpp"

namespace tickcast::feed {

using wire::bar_state, wire::channel, wire::period;

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t day0 = 1'732'060'800 * second;  // 20 November 2024, midnight UTC

// Applies what it is told as a client would, and holds it against the laws.
struct hearer final : bar_listener {
  struct stream {
    std::map<std::int64_t, std::string> shown;
    std::set<std::int64_t> ended;
    std::int64_t newest = INT64_MIN, open = INT64_MIN;
  };

  void told(const wire::tick& t, const wire::notes& notes) override {
    const channel c = wire::channel_of(t.kind);
    const wire::bar_figures f = wire::unpack(t, notes.bytes());
    ++messages;
    if (c == channel::stats) {
      stat = text_of(f, t.n) + " ch " + wire::to_text(f.change) + " pct " + wire::to_text(f.percent);
      return;
    }
    stream& s = of[c];
    s.shown[t.venue_ns] = text_of(f, t.n);
    log += std::string{name_of(period_of(c))} + "@" + std::to_string((t.venue_ns - day0) / second) +
           (t.state == bar_state::open ? " " : t.state == bar_state::closed ? "x " : "r ");
    if (t.state == bar_state::revised) {
      EXPECT_NE(t.venue_ns, s.open);
      return;
    }
    EXPECT_GE(t.venue_ns, s.newest) << "out of order";
    EXPECT_FALSE(s.ended.contains(t.venue_ns)) << "after its end";
    s.newest = t.venue_ns;
    s.open = t.state == bar_state::open ? t.venue_ns : INT64_MIN;
    if (t.state == bar_state::closed) s.ended.insert(t.venue_ns);
  }

  std::map<channel, stream> of;
  std::string stat, log;
  std::size_t messages = 0;
};

struct bench {
  explicit bench(const bar_settings& settings = {}) : made(table, settings, ears) { table.append("AAPL"); }

  wire::tick trade(double at_s, std::int64_t price, std::int64_t size = 1, std::int64_t mono_ns = 0, std::uint64_t flags = 0) {
    wire::tick t{};
    t.kind = wire::record_kind::trade;
    t.n = ++n;
    t.venue_ns = day0 + static_cast<std::int64_t>(at_s * 1e9);
    t.trade = {price, size, {}, flags};
    made.trade(t, mono_ns);
    return t;
  }
  void watch(std::initializer_list<channel> views) {
    for (channel c : views) made.watch(wire::symbol_id{}, c, true);
  }
  std::string told() { return std::exchange(ears.log, {}); }
  // What an answer shows: for each bar its second of the day, `x` when it is over.
  std::string history(period p, std::size_t count) const {
    std::vector<wire::record> records;
    made.copy_last(wire::symbol_id{}, bars_of(p), count, records);
    std::string all;
    for (const wire::record& r : records)
      if (r.kind() != wire::record_kind::note)
        all += std::to_string((r.tick.venue_ns - day0) / second) + (r.tick.state == bar_state::closed ? "x " : " ");
    return all;
  }

  wire::symbol_table table{10};
  hearer ears;
  candles made;
  wire::sequence n = 0;
};

}  // namespace tickcast::feed
