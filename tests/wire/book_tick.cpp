#include "wire/book_tick.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tickcast::wire {
namespace {

struct packed {
  tick t;
  notes strings;
};

// The ticks that hold these steps, as whoever makes them goes about it.
std::vector<packed> pack(const std::vector<level_step>& steps) {
  std::vector<packed> made;
  book_packer p;
  const auto finish = [&] {
    made.emplace_back();
    p.finish(made.back().t, made.back().strings, book_part::change);
  };
  for (const level_step& s : steps) {
    if (p.add(s)) continue;
    finish();
    EXPECT_TRUE(p.add(s));
  }
  if (!p.empty()) finish();
  return made;
}

std::string text_of(const packed& p) {
  std::string all;
  each_level(p.t, p.strings.bytes(), [&](const level_step& s) {
    all += (s.change.side == book_side::bid ? " b" : " a") + to_text(normal(s.change.price)) + "x" + to_text(normal(s.change.size)) + "<" + to_text(normal(s.before));
  });
  return all;
}

level_step step(book_side s, decimal price, decimal size, decimal before = {}) { return {{s, price, size}, before}; }

TEST(BookTick, HoldsTheFirstLevelInItsBodyAndNineInANote) {
  std::vector<level_step> steps;
  for (int i = 0; i < 23; ++i) steps.push_back(step(i % 2 ? book_side::ask : book_side::bid, {1000 + i, -2}, {i, -1}, {i * 7, 0}));
  const auto made = pack(steps);
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[0].t.book.levels, 10);
  EXPECT_EQ(made[2].t.book.levels, 3);
  EXPECT_LE(made[0].strings.bytes().size(), notes_max * note_bytes);
  EXPECT_TRUE(pack({steps[0]})[0].strings.empty()) << "one level needs no note";
  std::string all, due;
  for (const packed& p : made) {
    all += text_of(p);
    EXPECT_EQ(book_tick_fault(p.t, p.strings.bytes()), nullptr);
  }
  for (int i = 0; i < 23; ++i)
    due += (i % 2 ? " a" : " b") + to_text(normal({1000 + i, -2})) + "x" + to_text(normal({i, -1})) + "<" + std::to_string(i * 7);
  EXPECT_EQ(all, due);
}

TEST(BookTick, BeginsAnotherWhereNoExponentHoldsBoth) {
  const auto made = pack({step(book_side::bid, {1, 18}, {1, 0}), step(book_side::bid, {1, -18}, {1, 0})});
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(text_of(made[0]), " b1000000000000000000x1<0");
  EXPECT_EQ(text_of(made[1]), " b0.000000000000000001x1<0");
  book_packer p;
  EXPECT_FALSE(p.add(step(book_side::bid, {1, 0}, {1, -18}, {1, 18}))) << "not even alone: it has to go and come";
  EXPECT_TRUE(p.empty());
}

TEST(BookTick, KeepsEveryDigitOfAnyLevels) {
  std::mt19937_64 dice{11};
  const auto some = [&](bool zero) {
    if (zero && dice() % 4 == 0) return decimal{};
    return normal({static_cast<std::int64_t>(1 + dice() % 100'000'000), static_cast<std::int8_t>(static_cast<int>(dice() % 9) - 6)});
  };
  for (int i = 0; i < 2000; ++i) {
    std::vector<level_step> steps;
    std::string due, all;
    for (std::size_t left = 1 + dice() % 30; left > 0; --left) {
      steps.push_back(step(book_sides[dice() % 2], some(false), some(true), some(true)));
      const auto& s = steps.back();
      due += (s.change.side == book_side::bid ? " b" : " a") + to_text(s.change.price) + "x" + to_text(s.change.size) + "<" + to_text(s.before);
    }
    for (const packed& p : pack(steps)) all += text_of(p);
    ASSERT_EQ(all, due);
  }
}

TEST(BookTick, TellsWhatIsNone) {
  const packed good = pack({step(book_side::bid, {1, 0}, {1, 0}), step(book_side::ask, {2, 0}, {1, 0})})[0];
  const auto with = [&](auto change) {
    packed bad = good;
    change(bad.t);
    return std::string{book_tick_fault(bad.t, bad.strings.bytes()) ? book_tick_fault(bad.t, bad.strings.bytes()) : "none"};
  };
  EXPECT_EQ(with([](tick&) {}), "none");
  EXPECT_EQ(with([](tick& t) { t.book.part = static_cast<book_part>(3); }), "it is no book's");
  EXPECT_EQ(with([](tick& t) { t.book.levels = 11; }), "it is no book's");
  EXPECT_EQ(with([](tick& t) { t.book.asks = 4; }), "it is no book's");
  EXPECT_EQ(with([](tick& t) { t.book.levels = 3; }), "its levels are not all there");
  EXPECT_EQ(with([](tick& t) { t.book.size = -1; }), "a size is negative");
}

}  // namespace
}  // namespace tickcast::wire
