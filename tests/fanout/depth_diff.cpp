#include "fanout/depth_diff.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "fanout/book_replay.hpp"
#include "wire/book_tick.hpp"

namespace tickcast::fanout {
namespace {

using wire::book_side;

// Random changes of random books, in ticks.
struct walk {
  explicit walk(std::uint64_t seed) : dice(seed) {}

  std::vector<wire::level_step> some_steps() {
    std::vector<wire::level_step> steps;
    for (std::size_t left = 1 + dice() % 6; left > 0; --left) {
      wire::level_change c;
      c.side = wire::book_sides[dice() % 2];
      c.price = {static_cast<std::int64_t>(dice() % 30) + (c.side == book_side::bid ? 0 : 100), 0};
      c.size = {static_cast<std::int64_t>(dice() % 4), 0};
      const auto done = now.apply(c);
      if (done.what == wire::book::effect::kind::none) continue;
      steps.push_back({c, done.before});
    }
    return steps;
  }

  std::mt19937_64 dice;
  wire::book now;
};

void apply(wire::book& to, const wire::book_message& m) {
  if (m.snapshot) to.clear();
  for (book_side s : wire::book_sides)
    for (const wire::level& l : m.of(s)) EXPECT_NE(to.apply(s, l.price, l.size).what, wire::book::effect::kind::none);
}

TEST(DepthDiff, KeepsWhoeverAppliesItAtExactlyTheBestLevels) {
  for (const std::size_t depth : {1u, 2u, 5u, 12u, 1000u}) {
    walk w{depth};
    depth_diff diff{depth};
    wire::book seen, due;
    wire::book_message m;
    std::size_t nothing = 0;
    for (int i = 0; i < 20'000; ++i) {
      // Each step is noted with the book as it is after it, so they are made one by one.
      for (std::size_t left = 1 + w.dice() % 5; left > 0; --left) {
        const wire::level_change c{wire::book_sides[w.dice() % 2], {static_cast<std::int64_t>(w.dice() % 30), 0}, {static_cast<std::int64_t>(w.dice() % 3), 0}};
        diff.note(c.side, w.now.apply(c), w.now);
      }
      const bool any = diff.finish(m);
      nothing += !any;
      apply(seen, m);
      due.take_top(w.now, depth);
      ASSERT_EQ(seen, due) << "depth " << depth << ", step " << i;
    }
    EXPECT_LT(nothing, 20'000u);
    if (depth == 1) {
      EXPECT_GT(nothing, 5000u) << "most of it is out of sight";
    }
  }
}

TEST(BookReplay, MakesEveryChangeAgainThatCouldBeSeen) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    walk w{seed};
    const auto depth = static_cast<std::uint16_t>(1 + w.dice() % 12);
    std::vector<wire::book> tops{{}};
    const auto ticks = std::make_shared<wire::sheet>();
    const std::size_t count = 5 + w.dice() % 60, from = w.dice() % count;
    std::size_t first_record = 0;
    for (wire::sequence n = 1; n <= count; ++n) {
      if (n == from + 1) first_record = ticks->size();
      wire::book_packer p;
      for (const auto& s : w.some_steps()) p.add(s);
      wire::tick t;
      wire::notes strings;
      p.finish(t, strings, wire::book_part::change);
      t.n = n;
      t.symbol = wire::symbol_id{3};
      strings.split(t.symbol, [&](const wire::note& note) { ticks->emplace_back(note); });
      ticks->emplace_back(t);
      tops.emplace_back().take_top(w.now, depth);
    }
    const auto now = std::make_shared<const wire::book_copy>(wire::book_copy{w.now, 0});
    book_replay replay{now, {ticks, first_record, ticks->size() - first_record}, depth};
    wire::book seen = tops[from];
    wire::sequence last = from;
    while (!replay.done()) {
      const wire::book_message& m = replay.next();
      ASSERT_EQ(m.symbol, wire::symbol_id{3});
      ASSERT_EQ(m.first, last + 1);
      for (wire::sequence n = m.first; n < m.last; ++n) ASSERT_EQ(tops[n], seen) << "a change that could be seen was passed over";
      last = m.last;
      apply(seen, m);
      ASSERT_EQ(seen, tops[last]);
      ASSERT_EQ(m.sum, seen.sum());
    }
    ASSERT_EQ(last, count);
  }
}

}  // namespace
}  // namespace tickcast::fanout
