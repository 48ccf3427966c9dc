#include "feed/recent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tickcast::feed {
namespace {

void push(recent& to, wire::sequence n, std::size_t note_records, recent_budget& budget) {
  wire::tick t{};
  t.kind = wire::record_kind::trade;
  t.n = n;
  wire::notes notes;
  // Two bytes of each string are its tag and length; 54 make a record whole.
  for (std::size_t i = 0; i < note_records; ++i) notes.add(wire::note_tag::condition, std::string(54, 'c'));
  to.push(t, notes, budget);
}

std::string last(const recent& from, std::size_t ticks) {
  std::vector<wire::record> got;
  from.copy_last(ticks, got);
  std::string all;
  for (const auto& r : got) all += r.kind() == wire::record_kind::note ? "." : std::to_string(r.tick.n) + " ";
  return all;
}

TEST(Recent, HasTheNewestOldestFirst) {
  recent_budget budget{1000};
  recent kept;
  EXPECT_TRUE(kept.empty());
  EXPECT_EQ(last(kept, 5), "");
  for (wire::sequence n = 1; n <= 20; ++n) push(kept, n, 0, budget);
  EXPECT_FALSE(kept.empty());
  EXPECT_EQ(kept.oldest(), 1u);
  EXPECT_EQ(last(kept, 0), "");
  EXPECT_EQ(last(kept, 3), "18 19 20 ");
}

TEST(Recent, LetsGoOfTheOldestWithItsNotesWhenItIsFull) {
  for (std::size_t notes = 0; notes <= wire::notes_max; ++notes) {
    recent_budget none;
    recent kept;
    for (wire::sequence n = 1; n <= 50; ++n) {
      push(kept, n, notes, none);
      // However it wraps: a run of whole ticks that ends with the newest, and `oldest` says where it begins.
      std::string expected;
      for (wire::sequence k = kept.oldest(); k <= n; ++k) expected += std::string(notes, '.') + std::to_string(k) + " ";
      ASSERT_EQ(last(kept, 100), expected) << notes << " notes, tick " << n;
    }
    EXPECT_EQ(50 - kept.oldest() + 1, 8 / (notes + 1)) << notes;
  }
}

TEST(Recent, GrowsAsLongAsTheBudgetLastsAndNoFurtherThanOneStreamMay) {
  recent_budget budget{100, 32};
  recent first, second, third;
  for (wire::sequence n = 1; n <= 1000; ++n)
    for (recent* r : {&first, &second}) push(*r, n, 0, budget);
  EXPECT_EQ(first.oldest(), 1000u - 31);
  EXPECT_EQ(second.oldest(), 1000u - 31);
  EXPECT_EQ(budget.left, 100u - 64);
  budget.left = 7;
  for (wire::sequence n = 1; n <= 1000; ++n) push(third, n, 0, budget);
  EXPECT_EQ(third.oldest(), 1000u - 7) << "the first few are everybody's";
  EXPECT_EQ(budget.left, 0u);
}

}  // namespace
}  // namespace tickcast::feed
