#pragma once
// Bars as a reader of the contract would make them, with all trades at hand: sorted by the venue's time and then by number,
// cut into stretches. Slow, and without a thought of what comes late.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "feed/trading_hours.hpp"
#include "wire/bar.hpp"
#include "wire/bar_message.hpp"
#include "wire/wide.hpp"

namespace tickcast::feed {

inline std::string text_of(const wire::bar_figures& f, wire::sequence last) {
  using wire::to_text;
  return "o " + to_text(f.open) + " h " + to_text(f.high) + " l " + to_text(f.low) + " c " + to_text(f.close) + " v " +
         to_text(f.volume) + " k " + std::to_string(f.trades) + " f " + std::to_string(f.first) + " n " + std::to_string(last);
}

// By the start of each bar: what it says.
inline std::map<std::int64_t, std::string> naive_bars(std::vector<wire::tick> trades, wire::period p, const trading_hours& hours) {
  std::stable_sort(trades.begin(), trades.end(), [](const wire::tick& a, const wire::tick& b) {
    return a.venue_ns != b.venue_ns ? a.venue_ns < b.venue_ns : a.n < b.n;
  });
  struct made {
    wire::bar_figures f;
    wire::wide volume;
    wire::sequence last = 0;
    bool priced = false;
  };
  std::map<std::int64_t, made> all;
  for (const wire::tick& t : trades) {
    if (t.trade.flags == (wire::no_price | wire::no_volume)) continue;
    const std::int64_t length = seconds_of(p) * 1'000'000'000;
    std::int64_t start = t.venue_ns - t.venue_ns % length;
    if (p == wire::period::d1) {
      const market_spell spell = hours.at(t.venue_ns);
      if (!spell.trading) continue;
      start = spell.begin_ns;
    }
    made& b = all[start];
    if (b.f.trades++ == 0) b.f.first = t.n;
    b.f.first = std::min(b.f.first, t.n);
    b.last = std::max(b.last, t.n);
    if (!(t.trade.flags & wire::no_volume)) b.volume.add({t.trade.size, t.size_exponent});
    if (t.trade.flags & wire::no_price) continue;
    const wire::decimal price{t.trade.price, t.price_exponent};
    if (!std::exchange(b.priced, true)) b.f.open = b.f.high = b.f.low = price;
    if (compare(price, b.f.high) > 0) b.f.high = price;
    if (compare(price, b.f.low) < 0) b.f.low = price;
    b.f.close = price;
  }
  std::map<std::int64_t, std::string> told;
  for (auto& [start, b] : all) {
    b.f.volume = b.volume.value();
    if (b.priced) told[start] = text_of(b.f, b.last);
  }
  return told;
}

}  // namespace tickcast::feed
