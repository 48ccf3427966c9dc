#include "fanout/book_replay.hpp"

#include <utility>
#include <vector>

#include "wire/book_tick.hpp"

namespace tickcast::fanout {

// Back to the number before the first tick.
void book_replay::begin() {
  std::vector<wire::level_step> steps;
  wire::notes strings;
  message_.first = ticks_.front(strings).n;
  message_.symbol = ticks_.front(strings).symbol;
  ticks_.each([&](const wire::tick& t, std::string_view notes) {
    wire::each_level(t, notes, [&](const wire::level_step& s) { steps.push_back(s); });
  });
  // So deep that no step can bring up what is not here.
  levels_.take_top(now_->levels, depth_ + steps.size());
  now_.reset();
  for (; !steps.empty(); steps.pop_back())
    levels_.apply(steps.back().change.side, steps.back().change.price, steps.back().before);
}

const wire::book_message& book_replay::next() {
  if (now_) {
    begin();
  } else {
    message_.first = message_.last + 1;
  }
  wire::notes strings;
  bool seen = false;
  while (!seen && !ticks_.empty()) {
    const wire::tick& t = ticks_.front(strings);
    wire::each_level(t, strings.bytes(),
                     [&](const wire::level_step& s) { diff_.note(s.change.side, levels_.apply(s.change), levels_); });
    seen = diff_.finish(message_);
    message_.last = t.n;
    message_.venue_ns = t.venue_ns;
    ticks_.pop_front();
  }
  message_.sum = levels_.sum(depth_);
  return message_;
}

}  // namespace tickcast::fanout
