#include "wire/book_judge.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tickcast::wire {
namespace {

// What the judge says of one message after the other: the first fault.
class talk {
 public:
  explicit talk(std::size_t depth) { judge.expect(depth, 1); }
  std::string say(sequence first, sequence last, bool snapshot, std::string_view bids, std::string_view asks, std::int64_t sum = -1) {
    market_message m;
    m.kind = market_kind::book;
    m.first = first;
    m.last = last;
    m.snapshot = snapshot;
    bids_ = bids, asks_ = asks;
    m.bids = bids_, m.asks = asks_;
    book after = levels;
    if (snapshot) after.clear();
    const auto apply = [&](book_side s, std::string_view list) {
      json_walk each{list};
      while (each.next()) {
        json_walk pair{each.value().raw};
        pair.next();
        const auto price = parse_decimal(pair.value().raw);
        pair.next();
        const auto size = parse_decimal(pair.value().raw);
        if (price && size) after.apply(s, *price, *size);
      }
    };
    apply(book_side::bid, bids);
    apply(book_side::ask, asks);
    levels = after;
    m.sum = sum < 0 ? after.sum() : static_cast<std::uint32_t>(sum);
    return judge.take(m);
  }

  book_judge judge;
  book levels;

 private:
  std::string bids_, asks_;
};

TEST(BookJudge, TakesASnapshotAndItsChanges) {
  talk t{2};
  EXPECT_EQ(t.say(1, 1, true, "[[10,1],[9,2]]", "[[11,1]]"), "");
  EXPECT_EQ(t.judge.depth(), 2u);
  EXPECT_EQ(t.say(2, 3, false, "[[10,0],[8.5,1]]", "[]"), "");
  EXPECT_EQ(t.say(4, 4, false, "[]", "[]"), "");
  EXPECT_EQ(t.say(5, 9, true, "[]", "[]"), "");
}

TEST(BookJudge, SaysWhatIsWrong) {
  const auto after = [](std::string_view bids, std::string_view asks, bool snapshot = false, std::int64_t sum = -1) {
    talk t{2};
    EXPECT_EQ(t.say(1, 1, true, "[[10,1],[9,2]]", "[[11,1]]"), "");
    return t.say(2, 2, snapshot, bids, asks, sum);
  };
  EXPECT_EQ(after("[[8,0]]", "[]"), "book: the level of 8 is removed, and was not there");
  EXPECT_EQ(after("[[9,2]]", "[]"), "book: the level of 9 is told as it was");
  EXPECT_EQ(after("[[8,1]]", "[]"), "book: it has 3 levels a side, 2 were asked for");
  EXPECT_EQ(after("[]", "[[11,0],[10,1]]"), "book: its levels are not in order, the best first");
  EXPECT_EQ(after("[]", "[[10,1]]"), "book: its bids are not below its asks");
  EXPECT_EQ(after("[[10,5]]", "[]", false, 7).substr(0, 24), "book: its checksum is 7,");
  EXPECT_EQ(after("[[10,0]]", "[]", true), "book: a level has no size");
  EXPECT_EQ(after("[[10,-1]]", "[]"), "book: a level has no size");
  EXPECT_EQ(after("[[1e1,1]]", "[]"), "book: a level is no [price, size] of exact decimals");
  EXPECT_EQ(after("[[10]]", "[]"), "book: a level is no [price, size] of exact decimals");
  EXPECT_EQ(after("[10]", "[]"), "book: a level is no [price, size] of exact decimals");
}

TEST(BookJudge, WantsTheBookAnewBehindAGap) {
  talk t{2};
  t.say(1, 1, true, "[[10,1]]", "[]");
  t.judge.gap();
  EXPECT_EQ(t.judge.depth(), 0u);
  EXPECT_EQ(t.say(5, 5, false, "[[10,2]]", "[]"), "book: a change came behind a gap, where the book was due anew");
  EXPECT_EQ(t.say(5, 5, true, "[[10,2]]", "[]"), "");
}

TEST(BookJudge, SaysNothingOfLevelsItCannotKnow) {
  talk t{2};
  EXPECT_EQ(t.say(7, 7, false, "[[10,0]]", "[]"), "") << "nobody has shown the book";
  EXPECT_EQ(t.judge.depth(), 0u);
  EXPECT_EQ(t.say(8, 8, true, "[[1234567890.12345678901,1]]", "[]", 5), "") << "more digits than can be kept";
}

TEST(BookJudge, GoesByTheNewDepthFromItsSnapshotOn) {
  talk t{2};
  t.say(1, 1, true, "[[10,1],[9,1]]", "[]");
  t.judge.expect(1, 5);
  EXPECT_EQ(t.judge.depth(), 0u);
  EXPECT_EQ(t.say(2, 5, false, "[[9,0],[8,1]]", "[]"), "") << "of the old one";
  EXPECT_EQ(t.say(5, 5, true, "[[10,1],[8,1]]", "[]"), "") << "of the old one still, though the acknowledgement has overtaken it";
  EXPECT_EQ(t.say(5, 5, true, "[[10,1]]", "[]"), "");
  EXPECT_EQ(t.judge.depth(), 0u);
  EXPECT_EQ(t.say(6, 6, false, "[[10,2]]", "[]"), "");
  EXPECT_EQ(t.judge.depth(), 0u) << "it was another one once";
  EXPECT_EQ(t.say(7, 7, false, "[[9,1]]", "[]"), "book: it has 2 levels a side, 1 were asked for");
}

}  // namespace
}  // namespace tickcast::wire
