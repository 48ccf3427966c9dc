#include "feed/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace tickcast::feed {
namespace {

constexpr double seconds_a_year = 252 * 6.5 * 3600;
constexpr double liveliness = 2;            // a real market at its opening, not at noon
constexpr double pull_seconds = 4 * 3600;   // keeps a demo that runs for weeks near believable prices
constexpr double step_seconds_max = 60;     // a symbol that is quoted once an hour does not jump by an hour's worth
constexpr double drift_max = 1.5;           // a fifth … four and a half times the first price
constexpr double heat_memory = 0.99, heat_step = 0.1;
constexpr double burst_chance = 0.03;
constexpr std::uint32_t burst_min = 2, burst_more = 9;
constexpr char venues[] = {'Q', 'N', 'P', 'Z', 'K', 'D'};

std::string numbered(const std::string& prefix, std::uint32_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  return prefix + digits;
}

}  // namespace

simulation::simulation(const sim_settings& settings)
    : trades_(settings.trades),
      quotes_(settings.quotes),
      walk_on_trades_(settings.trades > 2 * settings.quotes),
      dice_(settings.seed) {
  const auto known = settings.prefix.empty() ? well_known() : std::span<const instrument>{};
  const auto kept = static_cast<std::uint32_t>(std::min<std::size_t>(known.size(), settings.symbols));
  books_.resize(settings.symbols);
  for (std::uint32_t i = 0; i < settings.symbols; ++i) {
    book& b = books_[i];
    if (i < kept) {
      b.about = known[i];
    } else {
      random own{settings.seed * 1'000'003 + i};  // a symbol is the same however many there are
      b.about = drawn(numbered(settings.prefix.empty() ? "S" : settings.prefix, i - kept), i, own);
    }
  }
  weigh();
  prepare(settings.rate);
}

// The walk is scaled to how often a symbol will be heard, so that an hour of it moves as far at any rate.
void simulation::prepare(double rate) {
  double sum = 0;
  for (const book& b : books_) sum += b.about.weight;
  for (book& b : books_) {
    const double seconds = std::min(sum / (b.about.weight * rate), step_seconds_max);
    b.calm = liveliness * b.about.volatility * std::sqrt(seconds / seconds_a_year);
    b.pull = seconds / pull_seconds;
    b.unit = static_cast<double>(b.about.step) * std::pow(10.0, b.about.price_exponent);
    b.bid_size = quote_size(b);
    b.ask_size = quote_size(b);
    b.buying = dice_.chance(0.5);
    walk(b);
  }
}

// Walker's alias table: any weights, one throw, whatever the number of symbols.
void simulation::weigh() {
  const std::size_t count = books_.size();
  double sum = 0;
  for (const book& b : books_) sum += b.about.weight;
  slots_.resize(count);
  std::vector<std::uint32_t> small, large;
  for (std::size_t i = count; i-- > 0;) {
    const auto at = static_cast<std::uint32_t>(i);
    slots_[i] = {books_[i].about.weight * static_cast<double>(count) / sum, at};
    (slots_[i].own < 1 ? small : large).push_back(at);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t less = small.back(), more = large.back();
    small.pop_back();
    slots_[less].other = more;
    slots_[more].own -= 1 - slots_[less].own;
    if (slots_[more].own < 1) {
      large.pop_back();
      small.push_back(more);
    }
  }
  // What is left over is 1 but for rounding.
  for (std::uint32_t at : small) slots_[at].own = 1;
  for (std::uint32_t at : large) slots_[at].own = 1;
}

std::uint32_t simulation::pick() {
  if (burst_ > 0) {
    --burst_;
    return current_;
  }
  if (dice_.chance(burst_chance)) burst_ = burst_min + dice_.below(burst_more);
  const std::uint32_t at = dice_.below(static_cast<std::uint32_t>(slots_.size()));
  return current_ = dice_.uniform() < slots_[at].own ? at : slots_[at].other;
}

std::uint32_t simulation::next(wire::tick& into) {
  const std::uint32_t at = pick();
  book& b = books_[at];
  const bool wants_trade = dice_.below(trades_ + quotes_) < trades_;
  // A symbol is quoted before it is traded.
  if (wants_trade && (b.quoted || quotes_ == 0)) {
    make_trade(b, into);
  } else {
    make_quote(b, into);
  }
  return at;
}

void simulation::walk(book& b) {
  b.heat = heat_memory * b.heat + heat_step * dice_.bell();
  const double volatility = std::exp(b.heat);
  b.drift += b.calm * volatility * dice_.bell() - b.pull * b.drift;
  b.drift = std::clamp(b.drift, -drift_max, drift_max);
  if (dice_.chance(0.2)) {
    const double usual = b.about.spread * (0.6 + 0.4 * volatility) * (0.7 + 0.6 * dice_.uniform());
    b.spread = std::max<std::int64_t>(1, std::llround(usual));
  }
  const double fair = b.about.price * std::exp(b.drift) / b.unit;
  b.bid = std::max<std::int64_t>(1, std::llround(fair - static_cast<double>(b.spread) / 2));
  b.ask = b.bid + b.spread;
}

std::int64_t simulation::quote_size(const book& b) {
  return b.about.lot * (1 + static_cast<std::int64_t>(dice_.exponential(b.about.lots)));
}

void simulation::make_quote(book& b, wire::tick& into) {
  walk(b);
  (dice_.chance(0.5) ? b.bid_size : b.ask_size) = quote_size(b);
  b.quoted = true;
  into = {};
  into.kind = wire::record_kind::quote;
  into.price_exponent = b.about.price_exponent;
  into.size_exponent = b.about.size_exponent;
  into.quote = {b.bid * b.about.step, b.bid_size, b.ask * b.about.step, b.ask_size};
}

void simulation::make_trade(book& b, wire::tick& into) {
  if (walk_on_trades_) walk(b);
  if (dice_.chance(0.3)) b.buying = !b.buying;  // orders are worked in pieces: sides come in runs
  std::int64_t size = quote_size(b);
  if (b.about.odd_lots && dice_.chance(0.45)) size = 1 + dice_.below(static_cast<std::uint32_t>(b.about.lot) - 1);
  b.drift += (b.buying ? 0.3 : -0.3) * b.calm;  // and move the market
  into = {};
  into.kind = wire::record_kind::trade;
  into.side = b.buying ? wire::trade_side::buy : wire::trade_side::sell;
  into.price_exponent = b.about.price_exponent;
  into.size_exponent = b.about.size_exponent;
  into.trade = {(b.buying ? b.ask : b.bid) * b.about.step, size, {}, 0};
  if (b.about.venues) into.trade.venue[0] = venues[dice_.below(sizeof venues)];
}

}  // namespace tickcast::feed
