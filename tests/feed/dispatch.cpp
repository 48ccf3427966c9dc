#include "feed/dispatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using wire::note_tag;

TEST(Dispatch, DropsTheTailForTheFullLaneAlone) {
  market m(2, 10);
  m.open(0, "A"), m.open(1, "A");
  for (int i = 1; i <= 8; ++i) m.trade("A", i);
  m.to.commit();
  EXPECT_EQ(m.hear_text(1), "1 2 3 4 5 6 7 8");  // shard 0 does not read
  for (int i = 9; i <= 12; ++i) m.trade("A", i);
  m.to.commit();
  EXPECT_EQ(m.hear_text(1), "9 10 11 12");
  EXPECT_EQ(m.hear_text(0), "1 2 3 4 5 6 7 8 9 10");
  EXPECT_EQ(m.lanes[0]->dropped_total(), 2u);
  EXPECT_EQ(m.lanes[1]->dropped_total(), 0u);
}

TEST(Dispatch, NeverPartsATickFromItsNotes) {
  for (std::size_t capacity = 1; capacity <= 12; ++capacity) {
    market m(1, capacity);
    m.open(0, "A");
    const std::string long_id(100, 'z');  // two notes
    for (int i = 1; i <= 4; ++i) m.trade("A", i, notes_of(long_id));
    m.to.commit();
    auto got = m.hear();
    std::erase_if(got, [](const heard& h) { return h.answer != nullptr; });  // what is missed, given in an empty lane
    EXPECT_EQ(got.size(), std::min<std::size_t>(4, capacity / 3)) << capacity;
    for (const heard& h : got) EXPECT_EQ(h.note(note_tag::id), long_id);
    EXPECT_EQ(m.lanes[0]->dropped_total(), 12 - 3 * got.size()) << capacity;
    m.open(0, "B");
    m.trade("B", 5);
    m.to.commit();
    const auto next = m.hear();
    ASSERT_FALSE(next.empty());
    EXPECT_TRUE(next.back().notes.empty()) << "a stray note would land on the next tick";
  }
}

TEST(Dispatch, IsCrowdedWhileAShardWorksOnALaneThatIsMoreThanHalfFull) {
  constexpr std::int64_t ms = 1'000'000;
  market m(2, 10);
  m.open(0, "A");
  for (int i = 0; i < 5; ++i) m.trade("A", 1);
  m.to.commit();
  EXPECT_FALSE(m.to.crowded(1000 * ms));
  for (int i = 0; i < 4; ++i) m.trade("A", 1);
  m.to.commit();
  EXPECT_TRUE(m.to.crowded(1001 * ms));
  EXPECT_TRUE(m.to.crowded(1049 * ms));
  EXPECT_FALSE(m.to.crowded(1052 * ms)) << "nobody waits for one that stands still";
  wire::record one;
  m.lanes[0]->take({&one, 1});
  EXPECT_TRUE(m.to.crowded(1053 * ms)) << "it works again";
  m.hear(0);
  EXPECT_FALSE(m.to.crowded(1054 * ms));
}

}  // namespace
}  // namespace tickcast::feed
