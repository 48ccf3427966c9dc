#include "feed/bar_memory.hpp"

#include <algorithm>

namespace tickcast::feed {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// 0: begins with it, more: has it further on, npos: nowhere.
std::size_t place_of(std::string_view part, std::string_view name) {
  const auto at = std::search(name.begin(), name.end(), part.begin(), part.end(),
                              [](char a, char b) { return lower(a) == lower(b); });
  return at == name.end() && !part.empty() ? std::string_view::npos : static_cast<std::size_t>(at - name.begin());
}

std::uint8_t digits_of(const wire::bar& b) {
  int most = 0;
  for (wire::decimal price : {b.open, b.high, b.low, b.close}) most = std::max(most, -int{wire::normal(price).exponent});
  return static_cast<std::uint8_t>(most);
}

}  // namespace

bar_memory::symbol& bar_memory::named(std::string_view name) {
  if (const auto there = all_.find(name); there != all_.end()) return there->second;
  symbol& made = all_.try_emplace(std::string{name}).first->second;
  made.key = next_key_++;
  made.facts.symbol = name;
  return made;
}

bar_memory::symbol& bar_memory::known(std::string_view name, std::int64_t key, std::uint8_t digits) {
  symbol& s = named(name);
  s.key = key;
  s.written = true;
  s.facts.digits = s.digits_written = digits;
  next_key_ = std::max(next_key_, key + 1);
  return s;
}

const bar_memory::symbol* bar_memory::find(std::string_view name) const {
  const auto there = all_.find(name);
  return there == all_.end() ? nullptr : &there->second;
}

void bar_memory::learn(symbol& of, const wire::bar& b) {
  // What is open is told as it stands now; a closed bar of the past may have been changed by a late trade.
  if (!b.closed || b.start_ns >= of.facts.last_ns) of.facts.last = b.close;
  of.facts.last_ns = std::max(of.facts.last_ns, b.start_ns);
  of.facts.digits = std::max(of.facts.digits, digits_of(b));
  newest_ns_ = std::max(newest_ns_, b.start_ns);
}

bool bar_memory::take(symbol& of, const wire::bar& b) {
  stream& s = of.of(b.period);
  learn(of, b);
  bool kept = true;
  if (s.open && s.open->start_ns < b.start_ns) {  // that it was closed has not been told: there was no room
    wire::bar over = *s.open;
    over.closed = true;
    kept = wait(of, over);
    s.open.reset();
    open_change(of, b.period);
  }
  if (!b.closed) {
    if (s.open && b.start_ns < s.open->start_ns) return kept;
    s.open = b;
    open_change(of, b.period);
    return kept;
  }
  if (s.open && s.open->start_ns == b.start_ns) {
    s.open.reset();
    open_change(of, b.period);
  }
  return wait(of, b) && kept;
}

bool bar_memory::wait(symbol& of, const wire::bar& b) {
  stream& s = of.of(b.period);
  list_change(of, b.period);
  const auto at = std::lower_bound(s.waiting.begin(), s.waiting.end(), b.start_ns,
                                   [](const wire::bar& one, std::int64_t start) { return one.start_ns < start; });
  if (at != s.waiting.end() && at->start_ns == b.start_ns) {
    *at = b;
    return true;
  }
  if (waiting_ >= (b.period == wire::period::s1 ? waiting_max_ / 4 * 3 : waiting_max_)) return false;
  s.waiting.insert(at, b);
  ++waiting_;
  return true;
}

void bar_memory::open_change(symbol& of, wire::period p) {
  if (!open_too_) return;
  of.of(p).open_changed = true;
  list_change(of, p);
}

void bar_memory::list_change(symbol& of, wire::period p) {
  stream& s = of.of(p);
  if (!s.listed) changed_.push_back({&of, p});
  s.listed = true;
}

std::vector<bar_memory::change>& bar_memory::changed() {
  std::sort(changed_.begin(), changed_.end(), [](const change& a, const change& b) {
    return a.of->key != b.of->key ? a.of->key < b.of->key : a.period < b.period;
  });
  return changed_;
}

void bar_memory::written(const change& c) {
  stream& s = c.of->of(c.period);
  waiting_ -= s.waiting.size();
  s.waiting.clear();
  if (s.waiting.capacity() > 64) s.waiting.shrink_to_fit();
  s.open_changed = s.listed = false;
  c.of->written = true;
  c.of->digits_written = c.of->facts.digits;
}

void bar_memory::overlay(const stream& s, const wire::bar_query& which, std::vector<wire::bar>& found) {
  const auto in_range = [&](const wire::bar& b) { return b.start_ns >= which.from_ns && b.start_ns < which.to_ns; };
  std::vector<wire::bar> newer;
  std::copy_if(s.waiting.begin(), s.waiting.end(), std::back_inserter(newer), in_range);
  if (s.open && in_range(*s.open)) newer.push_back(*s.open);
  if (newer.empty()) return;
  std::vector<wire::bar> all;
  all.reserve(found.size() + newer.size());
  const auto older = [](const wire::bar& a, const wire::bar& b) { return a.start_ns < b.start_ns; };
  std::set_union(newer.begin(), newer.end(), found.begin(), found.end(), std::back_inserter(all), older);
  found = std::move(all);
}

wire::symbol_page bar_memory::list(const wire::symbol_query& which) const {
  wire::symbol_page page;
  const auto add = [&](const symbol& s) {
    if (page.symbols.size() == which.limit) return page.more = true;
    page.symbols.push_back(s.facts);
    return false;
  };
  if (which.how == wire::name_match::exactly) {
    if (const symbol* s = find(which.part)) add(*s);
    return page;
  }
  const auto first = which.after.empty() ? all_.begin() : all_.upper_bound(which.after);
  for (auto at = first; at != all_.end(); ++at)
    if (place_of(which.part, at->first) == 0 && add(at->second)) return page;
  if (which.how == wire::name_match::prefix) return page;
  for (auto at = first; at != all_.end(); ++at)
    if (const std::size_t place = place_of(which.part, at->first); place != 0 && place != std::string_view::npos && add(at->second)) return page;
  return page;
}

}  // namespace tickcast::feed
