#include "fanout/replica.hpp"

#include <algorithm>

namespace tickcast::fanout {

void replica::load(const wire::book_copy* from, wire::sequence last) {
  if (from) {
    levels_ = from->levels;
    venue_ns_ = from->venue_ns;
  } else {
    levels_.clear();
  }
  last_ = last;
  summed_ = false;
  pages_.clear();
}

void replica::take(const wire::tick& t, std::string_view notes, turn& to, std::string_view symbol, bool tell) {
  wire::each_level(t, notes, [&](const wire::level_step& s) {
    const wire::book::effect done = levels_.apply(s.change);
    for (const auto& view : views_) view->diff.note(s.change.side, done, levels_);
  });
  last_ = t.n;
  venue_ns_ = t.venue_ns;
  summed_ = false;
  if (!pages_.empty()) pages_.clear();
  for (const auto& view : views_) {
    if (!view->diff.finish(message_)) continue;
    view->visible = t.n;
    for (const auto& c : view->latest)
      if (c->arrived_ns == 0) c->arrived_ns = t.arrived_ns;
    if (!tell || view->every.unused()) continue;
    date(message_);
    message_.sum = sum(view->depth);
    view->every.give(to, symbol, message_, t.arrived_ns);
  }
}

void replica::tell_anew(turn& to, std::string_view symbol, tally& counts) {
  for (const auto& view : views_) {
    view->visible = last_;
    if (!view->every.unused()) view->every.give_anew(to, symbol, show(view->depth), counts);
  }
}

void replica::forget() {
  levels_ = {};
  last_ = 0;
  summed_ = false;
  pages_.clear();
}

book_crowd& replica::crowd_of(const wire::delivery& how) {
  auto view = std::find_if(views_.begin(), views_.end(), [&](const auto& v) { return v->depth == how.depth; });
  if (view == views_.end())
    view = views_.insert(views_.end(), std::make_unique<book_view>(*this, home_, how.depth, ready_));
  if (how.mode == wire::delivery_mode::every) return (*view)->every;
  for (const auto& c : (*view)->latest)
    if (c->interval_ms == how.interval_ms) return *c;
  return *(*view)->latest.emplace_back(std::make_unique<book_crowd>(**view, home_, false, how.interval_ms, ready_));
}

void replica::let_go(book_crowd& c) {
  book_view& view = c.view;
  c.forget_ready();
  if (!c.every) std::erase_if(view.latest, [&](const auto& own) { return own.get() == &c; });
  if (view.unused()) std::erase_if(views_, [&](const auto& own) { return own.get() == &view; });
}

std::uint32_t replica::sum(std::size_t depth) {
  if (depth < wire::checked_levels) return levels_.sum(depth);
  if (!std::exchange(summed_, true)) sum_ = levels_.sum();
  return sum_;
}

void replica::date(wire::book_message& m) const {
  m.last = last_;
  m.venue_ns = venue_ns_;
}

wire::book_message& replica::show(std::size_t depth) {
  wire::show(levels_, depth, message_);
  message_.sum = sum(depth);
  date(message_);
  return message_;
}

wire::book_message& replica::show_nothing(std::size_t depth) {
  message_.snapshot = false;
  message_.bids.clear();
  message_.asks.clear();
  message_.sum = sum(depth);
  date(message_);
  return message_;
}

std::shared_ptr<const wire::book_message> replica::page(std::uint16_t depth) {
  for (const auto& [levels, made] : pages_)
    if (levels == depth) return made;
  wire::book_message& m = show(depth);
  m.first = m.last;
  return pages_.emplace_back(depth, std::make_shared<const wire::book_message>(m)).second;
}

}  // namespace tickcast::fanout
