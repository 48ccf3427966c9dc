#include "wire/excerpt.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ticks.hpp"

namespace tickcast::wire {
namespace {

// Trades 7, 8 and 9; 8 has an id that needs two notes.
std::shared_ptr<const sheet> three() {
  auto made = std::make_shared<sheet>();
  made->emplace_back(trade(7, "1", "1"));
  notes strings;
  EXPECT_TRUE(strings.add(note_tag::id, std::string(80, 'i')));
  strings.split(symbol_id{}, [&](const note& n) { made->emplace_back(n); });
  made->emplace_back(trade(8, "2", "1"));
  made->emplace_back(trade(9, "3", "1"));
  return made;
}

std::string text_of(const excerpt& e) {
  std::string all;
  e.each([&](const tick& t, std::string_view strings) {
    all += std::to_string(t.n) + (strings.empty() ? " " : "+" + std::to_string(strings.size()) + " ");
  });
  return all;
}

TEST(Excerpt, IsEmptyUnlessItShowsSomething) {
  EXPECT_TRUE(excerpt{}.empty());
  EXPECT_EQ(text_of({}), "");
  EXPECT_EQ(excerpt{}.bytes(), 0u);
}

TEST(Excerpt, ShowsTicksWithTheirNotesOldestFirst) {
  const excerpt all{three(), 0, 5};
  EXPECT_EQ(text_of(all), "7 8+82 9 ");
  EXPECT_EQ(all.bytes(), 5 * 64u);
}

TEST(Excerpt, BecomesShorterAsItsFrontIsTaken) {
  excerpt left{three(), 0, 5};
  notes strings;
  left.pop_front();
  EXPECT_EQ(left.front(strings).n, 8u);
  EXPECT_EQ(strings.bytes().size(), 82u);
  EXPECT_EQ(left.records(), 4u);
  left.pop_front();
  EXPECT_EQ(left.front(strings).n, 9u);
  EXPECT_TRUE(strings.empty()) << "the notes of the one before are gone";
  left.pop_front();
  EXPECT_TRUE(left.empty());
}

TEST(Excerpt, ShowsTheNewestWithTheirNotes) {
  const excerpt all{three(), 0, 5};
  EXPECT_EQ(text_of(all.newest(1)), "9 ");
  EXPECT_EQ(text_of(all.newest(2)), "8+82 9 ");
  EXPECT_EQ(text_of(all.newest(3)), "7 8+82 9 ");
}

TEST(Excerpt, KeepsTheSheetAliveThatItShares) {
  auto sheet = three();
  const std::weak_ptr<const wire::sheet> watched = sheet;
  {
    const excerpt one{sheet, 0, 5}, other = one.newest(1);
    sheet.reset();
    EXPECT_EQ(text_of(other), "9 ");
    EXPECT_EQ(watched.use_count(), 2);
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace tickcast::wire
