#include "feed/lobster_book.hpp"

#include <algorithm>
#include <utility>

namespace tickcast::feed {
namespace {

bool changes_levels(lobster_kind k) {
  return k == lobster_kind::submission || k == lobster_kind::cancellation || k == lobster_kind::deletion || k == lobster_kind::execution;
}

wire::book_side side_of(const lobster_event& e) { return e.buy ? wire::book_side::bid : wire::book_side::ask; }

}  // namespace

// The event's part in its level: sign 1 as it was, −1 undone.
void lobster_book::step(const lobster_event& e, std::int64_t sign) {
  if (!changes_levels(e.kind)) return;
  auto& levels = sides_[wire::index_of(side_of(e))].levels;
  const auto better = [&](const lobster_level& l, std::int64_t price) { return e.buy ? l.price > price : l.price < price; };
  const auto at = std::lower_bound(levels.begin(), levels.end(), e.price, better);
  const std::int64_t more = sign * (e.kind == lobster_kind::submission ? e.size : -e.size);
  if (at != levels.end() && at->price == e.price) {
    at->size += more;
    if (at->size <= 0) levels.erase(at);
  } else if (more > 0) {
    levels.insert(at, {e.price, more});
  }
}

// What was there before the first event: the row behind it, and the event undone.
void lobster_book::seed(const lobster_event& e, const lobster_row& after) {
  for (wire::book_side s : wire::book_sides) sides_[wire::index_of(s)].levels = after.of(s);
  const auto& shown = after.of(side_of(e));
  const bool in_sight = shown.size() < after.columns || (e.buy ? e.price >= shown.back().price : e.price <= shown.back().price);
  if (in_sight) step(e, -1);
}

lobster_book::outcome lobster_book::settle(wire::book_side s, const lobster_row& after) {
  side& own = sides_[wire::index_of(s)];
  const auto& due = after.of(s);
  for (; own.levels.size() > after.columns; own.levels.pop_back()) own.below[own.levels.back().price] = own.levels.back().size;
  if (own.levels == due) return outcome::equal;
  const bool up = own.levels.size() + 1 == due.size() && due.size() == after.columns &&
                  std::equal(own.levels.begin(), own.levels.end(), due.begin());
  own.levels = due;
  if (!up) return outcome::different;
  const auto seen = own.below.find(due.back().price);
  const outcome what = seen == own.below.end() ? outcome::came_up_new
                       : seen->second == due.back().size ? outcome::came_up_same : outcome::came_up_changed;
  // Whatever stands above it now and was below is in sight, or is gone.
  std::erase_if(own.below, [&](const auto& l) { return s == wire::book_side::bid ? l.first >= due.back().price : l.first <= due.back().price; });
  return what;
}

void lobster_book::take(const lobster_event& e, const lobster_row& after, std::vector<wire::level_change>& changes) {
  changes.clear();
  ++found_.events;
  const bool first = !std::exchange(begun_, true);
  if (first) seed(e, after);
  std::array<std::vector<lobster_level>, 2> before{first ? std::vector<lobster_level>{} : sides_[0].levels,
                                                   first ? std::vector<lobster_level>{} : sides_[1].levels};
  step(e, 1);
  outcome worst = outcome::equal;
  for (wire::book_side s : wire::book_sides) {
    worst = std::max(worst, settle(s, after));
    const auto& was = before[wire::index_of(s)];
    const auto& is = sides_[wire::index_of(s)].levels;
    const auto size_in = [](const std::vector<lobster_level>& levels, std::int64_t price) {
      const auto known = std::find_if(levels.begin(), levels.end(), [price](const lobster_level& l) { return l.price == price; });
      return known == levels.end() ? std::int64_t{0} : known->size;
    };
    const auto tell = [&](std::int64_t price, std::int64_t size) { changes.push_back({s, {price, lobster_exponent}, {size, 0}}); };
    for (const lobster_level& l : was)
      if (size_in(is, l.price) == 0) tell(l.price, 0);
    for (const lobster_level& l : is)
      if (size_in(was, l.price) != l.size) tell(l.price, l.size);
  }
  switch (worst) {
    case outcome::equal: ++found_.equal; return;
    case outcome::came_up_new: ++found_.came_up_new; break;
    case outcome::came_up_same: ++found_.came_up_same; break;
    case outcome::came_up_changed: ++found_.came_up_changed; break;
    case outcome::different:
      ++found_.different;
      if (first_different_ == 0) first_different_ = found_.events;
      return;
  }
  ++found_.came_up;
}

}  // namespace tickcast::feed
