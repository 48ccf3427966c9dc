#include "wire/reference.hpp"

#include <algorithm>

#include "wire/wide.hpp"

namespace tickcast::wire {
namespace {

std::string span_of(const market_message& m) { return std::to_string(m.first) + "…" + std::to_string(m.last); }

}  // namespace

reference::stream& reference::of(std::string_view epoch, channel c, std::string_view symbol) {
  key_.assign(epoch).append(1, ' ').append(label_of(c)).append(1, ' ').append(symbol);
  auto& place = streams_[key_];
  if (!place) {
    place = std::make_unique<stream>();
    place->name = std::string{label_of(c)}.append(1, ' ').append(symbol);
  }
  return *place;
}

std::string reference::hear(stream& at, const market_message& m, std::string_view who) {
  if (m.kind == market_kind::gap) return {};
  if (!m.merged) {
    if (std::string fault = remember(at, m); !fault.empty() || at.merges.empty()) return fault;
    return look_again(at, m.last);
  }
  switch (covers(at, m)) {
    case known::all: return compare_merge(at, m, who);
    case known::never: ++told_.passed_over; return {};
    case known::not_yet: break;
  }
  if (at.merges.size() == waiting_max) {
    at.merges.erase(at.merges.begin());
    ++told_.passed_over;
    --waiting_;
  }
  at.merges.push_back({m, std::string{who}});
  at.merges.back().merged.symbol = {};
  ++waiting_;
  return {};
}

std::string reference::remember(stream& at, const market_message& m) {
  if (at.kept.empty() || m.last >= at.lowest + at.kept.size()) widen(at);
  if (at.kept.empty() || m.last + at.kept.size() <= at.highest) return {};  // too long ago
  entry& slot = at.kept[m.last & (at.kept.size() - 1)];
  if (slot.n == m.last) {
    ++told_.messages;
    return slot.fingerprint == m.fingerprint
               ? std::string{}
               : "agreement: " + at.name + " " + std::to_string(m.last) + " says something else than it said before";
  }
  slot = {m.last, m.t_us, m.price, m.size, m.fingerprint, m.exact, m.conditions};
  at.highest = std::max(at.highest, m.last);
  at.lowest = at.lowest == 0 ? m.last : std::min(at.lowest, m.last);
  return {};
}

bool reference::widen(stream& at) {
  const std::size_t size = at.kept.empty() ? least : at.kept.size() * 2;
  if (size > most || size - at.kept.size() > budget_) return false;
  budget_ -= size - at.kept.size();
  std::vector<entry> before(size);
  before.swap(at.kept);
  for (const entry& e : before)
    if (e.n != 0) at.kept[e.n & (size - 1)] = e;
  return true;
}

reference::known reference::covers(const stream& at, const market_message& m) {
  if (at.kept.empty() || m.last > at.highest)
    return at.lowest != 0 && m.first < at.lowest ? known::never : known::not_yet;
  if (m.first < at.lowest || m.first + at.kept.size() <= at.highest) return known::never;
  for (sequence n = m.first; n <= m.last; ++n)
    if (at.kept[n & (at.kept.size() - 1)].n != n) return known::not_yet;
  return known::all;
}

// `n` has become known: what waited for it may be whole.
std::string reference::look_again(stream& at, sequence n) {
  std::string fault;
  std::erase_if(at.merges, [&](const waiting& w) {
    const bool old = w.merged.first + at.kept.size() <= at.highest;
    if (!fault.empty() || (n != w.merged.last && !old)) return false;  // who tells in order has told the rest before
    const known now = covers(at, w.merged);
    if (now == known::not_yet) return false;
    --waiting_;
    if (now == known::never) return ++told_.passed_over, true;
    fault = compare_merge(at, w.merged, w.who);
    return true;
  });
  return fault;
}

// Its trades by their times; of several in the same microsecond any may be the first or the last.
std::string reference::hear_bar(const stream& trades, const market_message& m, std::string_view who) {
  if (m.channel == channel::bars_1d || m.first == 0 || !m.exact || (!m.closed && !m.revised)) return {};
  if (covers(trades, m) != known::all) return {};
  const std::int64_t end_us = m.t_us + seconds_of(period_of(m.channel)) * 1'000'000;
  wide volume;
  decimal high, low;
  std::uint64_t count = 0;
  std::int64_t first_us = 0, last_us = 0;
  const auto each = [&](auto see) {
    for (sequence n = m.first; n <= m.last; ++n)
      if (const entry& e = trades.kept[n & (trades.kept.size() - 1)]; e.t_us >= m.t_us && e.t_us < end_us && !see(e)) return false;
    return true;
  };
  const bool plain = each([&](const entry& e) {
    if (!e.exact || e.conditions) return false;
    volume.add(e.size);
    if (count++ == 0) high = low = e.price, first_us = last_us = e.t_us;
    if (compare(e.price, high) > 0) high = e.price;
    if (compare(e.price, low) < 0) low = e.price;
    first_us = std::min(first_us, e.t_us);
    last_us = std::max(last_us, e.t_us);
    return true;
  });
  if (!plain || count == 0) return {};
  bool opens = false, closes = false;
  each([&](const entry& e) {
    opens |= e.t_us == first_us && compare(e.price, m.open) == 0;
    closes |= e.t_us == last_us && compare(e.price, m.price) == 0;
    return true;
  });
  ++told_.bars;
  const char* const fault = count != m.trades                    ? "k"
                            : compare(high, m.high) != 0         ? "h"
                            : compare(low, m.low) != 0           ? "l"
                            : compare(volume.value(), m.volume) != 0 ? "v"
                            : !opens                             ? "o"
                            : !closes                            ? "c"
                                                                 : nullptr;
  if (!fault) return {};
  return "bar is exact: the " + std::string{fault} + " of " + std::string{label_of(m.channel)} + " at " + std::to_string(m.t_us) +
         " is not what its " + std::to_string(count) + " trades amount to (" + std::string{who} + ")";
}

std::string reference::compare_merge(const stream& at, const market_message& m, std::string_view who) {
  const auto kept = [&](sequence n) -> const entry& { return at.kept[n & (at.kept.size() - 1)]; };
  const auto wrong = [&](std::string_view what) {
    return "merge is exact: " + at.name + " " + span_of(m) + " " + std::string{what} + " (" + std::string{who} + ")";
  };
  ++told_.merges;
  const entry& newest = kept(m.last);
  if (m.kind == market_kind::quote) return newest.fingerprint == m.fingerprint ? std::string{} : wrong("is not its newest quote");
  if (m.kind == market_kind::status) return newest.fingerprint == m.fingerprint ? std::string{} : wrong("is not its newest status");
  if (newest.t_us != m.t_us) return wrong("has not the time of its last trade");
  entry total = kept(m.first);
  decimal high = total.price, low = total.price;
  bool seconds = false, minutes = false;
  for (sequence n = m.first + 1; n <= m.last; ++n) {
    const entry& e = kept(n);
    seconds |= e.t_us / 1'000'000 != total.t_us / 1'000'000;
    minutes |= e.t_us / 60'000'000 != total.t_us / 60'000'000;
    if (compare(e.price, high) > 0) high = e.price;
    if (compare(e.price, low) < 0) low = e.price;
    const auto sum = add(total.size, e.size);
    total.exact &= e.exact && sum.has_value();
    if (sum) total.size = *sum;
  }
  told_.across_seconds += seconds;
  told_.across_minutes += minutes;
  if (!total.exact || !m.exact) return {};  // more digits than can be compared
  const auto differs = [&](std::string_view key, decimal told, decimal true_one) {
    return wrong(std::string{key} + " " + to_text(told) + ", its trades amount to " + to_text(true_one));
  };
  if (compare(m.open, total.price) != 0) return differs("has o", m.open, total.price);
  if (compare(m.high, high) != 0) return differs("has h", m.high, high);
  if (compare(m.low, low) != 0) return differs("has l", m.low, low);
  if (compare(m.price, newest.price) != 0) return differs("has p", m.price, newest.price);
  if (compare(m.size, newest.size) != 0) return differs("has q", m.size, newest.size);
  if (compare(m.volume, total.size) != 0) return differs("has v", m.volume, total.size);
  return {};
}

}  // namespace tickcast::wire
