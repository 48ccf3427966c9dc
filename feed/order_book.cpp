#include "feed/order_book.hpp"

namespace tickcast::feed {

void order_book::step(const wire::level_change& c, std::vector<wire::level_step>& steps) {
  const wire::book::effect done = levels_.apply(c);
  if (done.what != wire::book::effect::kind::none)
    steps.push_back({{c.side, done.now.price, done.now.size}, done.before});
}

book_verdict order_book::judge() const {
  if (levels_.crossed()) return book_verdict::crossed;
  for (wire::book_side s : wire::book_sides)
    if (levels_.count(s) > book_levels_max) return book_verdict::too_deep;
  return book_verdict::taken;
}

book_verdict order_book::change(std::span<const wire::level_change> levels, bool whole,
                                std::vector<wire::level_step>& steps) {
  steps.clear();
  if (whole) {
    next_.clear();
    for (const wire::level_change& c : levels) next_.apply(c);
    for (wire::book_side s : wire::book_sides)
      for (std::size_t i = levels_.count(s); i-- > 0;)  // from the worst, so that a place stays what it was
        if (const wire::decimal price = levels_.at(s, i).price; next_.size_at(s, price).mantissa == 0)
          step({s, price, {}}, steps);
  } else {
    for (const wire::level_change& c : levels)
      if (c.size.mantissa == 0) step(c, steps);
  }
  for (const wire::level_change& c : levels)
    if (c.size.mantissa != 0) step(c, steps);
  const book_verdict v = judge();
  if (v == book_verdict::taken) return v;
  for (; !steps.empty(); steps.pop_back()) levels_.apply(steps.back().change.side, steps.back().change.price, steps.back().before);
  return v;
}

void order_book::take(const wire::tick& t, std::string_view notes) {
  wire::each_level(t, notes, [this](const wire::level_step& s) { levels_.apply(s.change); });
  venue_ns_ = t.venue_ns;
}

std::shared_ptr<const wire::book_copy> order_book::copy(wire::sequence last) {
  if (!copy_ || copied_ != last) {
    copy_ = std::make_shared<const wire::book_copy>(wire::book_copy{levels_, venue_ns_});
    copied_ = last;
  }
  return copy_;
}

}  // namespace tickcast::feed
