#include "feed/order_book.hpp"

#include <gtest/gtest.h>


#include "feed/ladder.hpp"
#include "feed/simulation.hpp"
#include "market.hpp"

namespace tickcast::feed {
namespace {

using wire::book_side;

wire::level_change bid(std::int64_t price, std::int64_t size) { return {book_side::bid, {price, 0}, {size, 0}}; }
wire::level_change ask(std::int64_t price, std::int64_t size) { return {book_side::ask, {price, 0}, {size, 0}}; }

std::string text_of(const wire::book& b) {
  std::string all;
  for (book_side s : wire::book_sides)
    for (std::size_t i = 0; i < b.count(s); ++i)
      all += (s == book_side::bid ? " b" : " a") + wire::to_text(b.at(s, i).price) + "x" + wire::to_text(b.at(s, i).size);
  return all;
}
std::string text_of(const std::vector<wire::level_step>& steps) {
  std::string all;
  for (const auto& s : steps)
    all += (s.change.side == book_side::bid ? " b" : " a") + wire::to_text(s.change.price) + "x" + wire::to_text(s.change.size) + "<" + wire::to_text(s.before);
  return all;
}

TEST(OrderBook, TakesWhatReallyChangesAndWhatGoesFirst) {
  order_book b;
  std::vector<wire::level_step> steps;
  const std::vector<wire::level_change> first{bid(10, 1), bid(9, 2), ask(12, 3)};
  EXPECT_EQ(b.change(first, true, steps), book_verdict::taken);
  const std::vector<wire::level_change> next{bid(10, 1), bid(11, 4), ask(11, 0), ask(12, 0), ask(13, 5)};
  EXPECT_EQ(b.change(next, false, steps), book_verdict::taken);
  EXPECT_EQ(text_of(steps), " a12x0<3 b11x4<0 a13x5<0");
  EXPECT_EQ(text_of(b.levels()), " b11x4 b10x1 b9x2 a13x5");
  const std::vector<wire::level_change> all{bid(12, 1), bid(9, 2), ask(14, 1)};
  EXPECT_EQ(b.change(all, true, steps), book_verdict::taken);
  EXPECT_EQ(text_of(steps), " b10x0<1 b11x0<4 a13x0<5 b12x1<0 a14x1<0");
  EXPECT_EQ(text_of(b.levels()), " b12x1 b9x2 a14x1");
  EXPECT_EQ(b.change(all, true, steps), book_verdict::taken);
  EXPECT_TRUE(steps.empty());
}

TEST(OrderBook, IsLeftAsItWasByWhatItRefuses) {
  order_book b;
  std::vector<wire::level_step> steps;
  const std::vector<wire::level_change> first{bid(10, 1), bid(9, 2), ask(12, 3)};
  b.change(first, true, steps);
  const std::vector<wire::level_change> crossing{bid(9, 0), bid(10, 7), bid(12, 1)};
  for (const bool whole : {false, true}) {
    std::vector<wire::level_change> bad = crossing;
    if (whole) bad.push_back(ask(11, 1));
    EXPECT_EQ(b.change(bad, whole, steps), book_verdict::crossed);
    EXPECT_TRUE(steps.empty());
    EXPECT_EQ(text_of(b.levels()), " b10x1 b9x2 a12x3");
  }
  std::vector<wire::level_change> deep;
  for (int i = 0; i < 5000; ++i) deep.push_back(ask(20 + i, 1));
  EXPECT_EQ(b.change(deep, false, steps), book_verdict::too_deep);
  EXPECT_EQ(text_of(b.levels()), " b10x1 b9x2 a12x3");
  EXPECT_EQ(b.change(deep, true, steps), book_verdict::taken);
  EXPECT_EQ(b.levels().count(book_side::ask), 5000u);
}

event book_event(std::string_view name, std::vector<wire::level_change> levels, bool whole = false) {
  event e;
  e.name = name;
  e.tick.kind = wire::record_kind::book;
  e.whole = whole;
  e.levels = std::move(levels);
  return e;
}

TEST(SequencerBooks, NumberAnEventAsManyTicksAsItTakesEachOfThemABook) {
  market m;
  m.open(0, "A", wire::channel::book);
  std::vector<wire::level_change> all;
  for (int i = 0; i < 25; ++i) all.push_back(bid(100 - i, 1 + i)), all.push_back(ask(101 + i, 1));
  EXPECT_EQ(m.to.publish(book_event("A", all, true), {5, 6}), verdict::taken);
  std::vector<wire::level_change> moved;
  for (int i = 0; i < 25; ++i) moved.push_back(bid(110 - i, 1 + i)), moved.push_back(ask(111 + i, 1));
  EXPECT_EQ(m.to.publish(book_event("A", moved, true), {7, 8}), verdict::taken);
  EXPECT_EQ(m.to.publish(book_event("A", {bid(200, 1)}), {9, 9}), verdict::crossed_book);
  EXPECT_EQ(m.to.publish(book_event("A", {bid(1, 0)}), {9, 9}), verdict::taken) << "nothing changes, so there is no number";
  m.to.commit();
  wire::book kept;
  wire::sequence n = 0;
  for (const heard& h : m.hear()) {
    ASSERT_EQ(h.tick.n, ++n);
    EXPECT_EQ(h.tick.venue_ns, n <= 5 ? 5 : 7);
    wire::each_level(h.tick, h.notes.bytes(), [&](const wire::level_step& s) {
      EXPECT_EQ(wire::compare(kept.apply(s.change).before, s.before), 0);
    });
    EXPECT_FALSE(kept.crossed()) << n;
  }
  EXPECT_GT(n, 8u);
  wire::book due;
  for (const auto& c : moved) due.apply(c);
  EXPECT_EQ(kept, due);
}

TEST(SequencerBooks, GiveTheWholeToWhoeverAsksAndWhatCameSinceToWhoeverComesBack) {
  market m;
  m.to.publish(book_event("A", {bid(10, 1), ask(11, 1)}, true), {1, 1});
  for (int i = 0; i < 5; ++i) m.to.publish(book_event("A", {bid(9 - i, 1)}), {2, 2});
  auto wanted = by_name("A");
  wanted.after = 4;
  m.ask(wire::request_kind::open, 0, wire::channel::book, {by_name("A"), wanted, by_name("NEW")});
  m.to.serve_inbox();
  const auto got = m.hear();
  const auto& streams = got.back().answer->streams;
  EXPECT_EQ(streams[0].last, 6u);
  EXPECT_FALSE(streams[0].recovered);
  ASSERT_TRUE(streams[0].book);
  EXPECT_EQ(text_of(streams[0].book->levels), " b10x1 b9x1 b8x1 b7x1 b6x1 b5x1 a11x1");
  EXPECT_EQ(streams[0].book, streams[1].book) << "one copy for all";
  EXPECT_TRUE(streams[1].recovered);
  std::string numbers;
  streams[1].ticks.each([&](const wire::tick& t, std::string_view) { numbers += std::to_string(t.n) + " "; });
  EXPECT_EQ(numbers, "5 6 ");
  EXPECT_FALSE(streams[2].book);
}

TEST(SequencerBooks, BringTheWholeBookWhenAFullLaneHasLostMoreThanIsKept) {
  market m(1, 64, 1000, 0);  // next to no history
  m.open(0, "A", wire::channel::book);
  for (int i = 0; i < 600; ++i) m.to.publish(book_event("A", {bid(1000 - i, 1)}), {1, 1});
  m.to.commit();
  EXPECT_TRUE(m.to.torn());
  m.hear();
  m.to.mend();
  EXPECT_FALSE(m.to.torn());
  const auto got = m.hear();
  ASSERT_FALSE(got.empty());
  const auto& state = got.back().answer->streams.at(0);
  EXPECT_EQ(state.last, 600u);
  EXPECT_TRUE(state.ticks.empty());
  ASSERT_TRUE(state.book);
  EXPECT_EQ(state.book->levels.count(book_side::bid), 600u);
}

TEST(Ladder, HasTheQuotesAtItsBestAndIsNeverCrossed) {
  sim_settings s;
  s.seed = 3;
  simulation with(s), without(s);
  std::vector<ladder> ladders;
  std::vector<wire::book> books(with.size());
  for (std::size_t i = 0; i < with.size(); ++i) ladders.emplace_back(20, i);
  event made;
  std::size_t changes = 0, quotes = 0;
  for (int i = 0; i < 30'000; ++i) {
    wire::tick t{}, same{};
    const std::uint32_t at = with.next(t);
    ASSERT_EQ(at, without.next(same));
    ASSERT_EQ(std::memcmp(&t, &same, sizeof t), 0) << "books throw dice of their own";
    if (t.kind != wire::record_kind::quote) continue;
    ladders[at].follow(with.about(at), t, made);
    wire::book& b = books[at];
    ASSERT_EQ(made.whole, b.empty());
    for (const auto& c : made.levels) {
      changes += b.apply(c).what != wire::book::effect::kind::none;
    }
    ++quotes;
    ASSERT_FALSE(b.crossed());
    for (book_side side : wire::book_sides) {
      ASSERT_LE(b.count(side), 20u);
      ASSERT_GT(b.count(side), 0u);
    }
    ASSERT_EQ(wire::compare(b.at(book_side::bid, 0).price, {t.quote.bid, t.price_exponent}), 0);
    ASSERT_EQ(wire::compare(b.at(book_side::bid, 0).size, {t.quote.bid_size, t.size_exponent}), 0);
    ASSERT_EQ(wire::compare(b.at(book_side::ask, 0).price, {t.quote.ask, t.price_exponent}), 0);
    ASSERT_EQ(wire::compare(b.at(book_side::ask, 0).size, {t.quote.ask_size, t.size_exponent}), 0);
  }
  EXPECT_GT(changes, quotes);
}

}  // namespace
}  // namespace tickcast::feed
