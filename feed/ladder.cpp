#include "feed/ladder.hpp"

#include <algorithm>
#include <cmath>

namespace tickcast::feed {

std::int64_t ladder::some_size(const instrument& about) {
  return about.lot * (1 + static_cast<std::int64_t>(dice_.exponential(2 * about.lots)));
}

void ladder::follow(const instrument& about, const wire::tick& quote, event& into) {
  into.tick = {};
  into.tick.kind = wire::record_kind::book;
  into.notes.clear();
  into.levels.clear();
  into.whole = sides_[0].empty();
  for (wire::book_side s : wire::book_sides) follow(s, about, quote, into);
}

void ladder::follow(wire::book_side s, const instrument& about, const wire::tick& quote, event& into) {
  const bool bids = s == wire::book_side::bid;
  const std::int64_t down = bids ? -1 : 1;
  const std::int64_t apart = about.step * std::max<std::int64_t>(1, std::llround(about.spread));
  side& before = sides_[wire::index_of(s)];
  // Now and then somebody behind the best changes his mind.
  if (before.size() > 1 && dice_.chance(0.7))
    before[1 + dice_.below(static_cast<std::uint32_t>(before.size() - 1))].second = -some_size(about);
  const auto size_in = [down](const side& levels, std::int64_t price) {
    const auto known = std::lower_bound(levels.begin(), levels.end(), price,
                                        [down](const auto& l, std::int64_t p) { return (l.first - p) * down < 0; });
    return known != levels.end() && known->first == price ? known->second : 0;
  };
  const auto tell = [&](std::int64_t price, std::int64_t size) {
    into.levels.push_back({s, {price, quote.price_exponent}, {size, quote.size_exponent}});
  };
  next_.clear();
  const std::int64_t best = bids ? quote.quote.bid : quote.quote.ask;
  next_.emplace_back(best, bids ? quote.quote.bid_size : quote.quote.ask_size);
  if (size_in(before, best) != next_.front().second) tell(best, next_.front().second);
  // The others stand where they stand, whatever the best does.
  std::int64_t price = best / apart * apart;
  if (price == best || !bids) price += down * apart;
  for (; next_.size() < depth_ && price > 0; price += down * apart) {
    const std::int64_t known = size_in(before, price);
    next_.emplace_back(price, known > 0 ? known : known < 0 ? -known : some_size(about));
    if (known <= 0) tell(price, next_.back().second);
  }
  for (const auto& [was, size] : before)
    if (size_in(next_, was) == 0) tell(was, 0);
  before.swap(next_);
}

}  // namespace tickcast::feed
