#include "market.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace bench {
namespace {

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

template <class Number>
char* put_number(char* at, Number value) { return std::to_chars(at, at + 20, value).ptr; }

} // namespace

market::market(std::uint32_t symbols, std::string prefix, std::uint64_t seed) : random_(seed), prefix_(std::move(prefix)) {
  std::vector<double> weights;
  for (std::uint32_t i = 0; i < symbols; ++i) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%05u", i);
    auto name = prefix_ + digits;
    symbols_.push_back({name, "{\"e\":\"trade\",\"s\":\"" + name + "\",\"n\":", 0, std::int64_t(1000 + draw() % 49000)});
    weights.push_back((0.5 + double(draw() % 1000) / 1000) / std::pow(i + 5.0, 0.6));
  }
  weigh(weights);
}

std::optional<std::uint32_t> market::find(std::string_view name) const {
  std::uint32_t index = 0;
  if (!name.starts_with(prefix_)) return std::nullopt;
  name.remove_prefix(prefix_.size());
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc{} || end != name.data() + name.size() || index >= symbols_.size()) return std::nullopt;
  return index;
}

std::uint32_t market::next() {
  if (flurry_ > 0) --flurry_;
  else {
    if (draw() % 100 < 3) flurry_ = std::uint32_t(2 + draw() % 9);
    auto chosen = draw();
    auto at = std::uint32_t((chosen >> 32) * symbols_.size() >> 32);
    current_ = double(chosen & 0xffffffff) / 4294967296.0 < slots_[at].own ? at : slots_[at].other;
  }
  auto& one = symbols_[current_];
  ++one.n;
  one.cents = std::max<std::int64_t>(100, one.cents + std::int64_t(draw() % 5) - 2);
  return current_;
}

std::string_view market::text(std::uint32_t symbol, std::int64_t t_us) {
  auto& one = symbols_[symbol];
  auto dice = draw();
  char* at = put(text_, one.head);
  at = put(put_number(at, one.n), ",\"t\":");
  at = put(put_number(at, t_us), ",\"p\":");
  at = put_number(at, one.cents / 100);
  *at++ = '.';
  *at++ = char('0' + one.cents / 10 % 10);
  *at++ = char('0' + one.cents % 10);
  at = put(put_number(put(at, ",\"q\":"), 1 + dice % 900), dice & 0x400 ? ",\"side\":\"buy\",\"x\":\"" : ",\"side\":\"sell\",\"x\":\"");
  *at++ = "QNPZKD"[dice / 2048 % 6];
  at = put(at, "\"}");
  return {text_, std::size_t(at - text_)};
}

std::string market::acknowledge(const std::vector<std::string_view>& names, std::vector<std::uint32_t>& found) const {
  std::string known, failed;
  for (auto name : names) {
    if (auto symbol = find(name)) {
      found.push_back(*symbol);
      known += (known.empty() ? "{\"s\":\"" : ",{\"s\":\"") + symbols_[*symbol].name + "\",\"n\":" + std::to_string(symbols_[*symbol].n) + "}";
    } else {
      failed += (failed.empty() ? "{\"s\":\"" : ",{\"s\":\"") + std::string(name) + "\",\"code\":\"unknown_symbol\"}";
    }
  }
  return "{\"e\":\"subscribed\",\"id\":1,\"channel\":\"trades\",\"symbols\":[" + known + "],\"failed\":[" + failed + "]}";
}

// splitmix64
std::uint64_t market::draw() {
  auto z = random_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

// Walker's alias table: any weights, one throw, whatever the number of symbols.
void market::weigh(const std::vector<double>& weights) {
  double sum = 0;
  for (auto weight : weights) sum += weight;
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    slots_.push_back({weights[i] * double(weights.size()) / sum, i});
    (slots_[i].own < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    auto less = small.back(), more = large.back();
    small.pop_back();
    slots_[less].other = more;
    slots_[more].own -= 1 - slots_[less].own;
    if (slots_[more].own < 1) {
      large.pop_back();
      small.push_back(more);
    }
  }
  for (auto at : small) slots_[at].own = 1; // what is left over is 1 but for rounding
  for (auto at : large) slots_[at].own = 1;
}

} // namespace bench
