#include "wire/notes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tickcast::wire {
namespace {

using strings = std::vector<std::pair<note_tag, std::string>>;

strings listed(std::string_view bytes) {
  strings all;
  each_note(bytes, [&](note_tag tag, std::string_view text) { all.emplace_back(tag, text); });
  return all;
}

// The records of `n`, and what a reader gathers from them.
std::vector<note> split(const notes& n) {
  std::vector<note> records;
  n.split(symbol_id{7}, [&](const note& r) { records.push_back(r); });
  return records;
}

TEST(Notes, ComeOutAsTheyWentIn) {
  notes n;
  EXPECT_TRUE(n.empty());
  ASSERT_TRUE(n.add(note_tag::id, "T-1"));
  ASSERT_TRUE(n.add(note_tag::condition, ""));
  ASSERT_TRUE(n.add(note_tag::condition, "ü€"));
  EXPECT_EQ(n.bytes(), std::string_view("\1\3T-1\2\0\2\5ü€", 5 + 2 + 2 + 5));
  EXPECT_EQ(listed(n.bytes()), (strings{{note_tag::id, "T-1"}, {note_tag::condition, ""}, {note_tag::condition, "ü€"}}));
  n.clear();
  EXPECT_TRUE(n.empty());
  EXPECT_EQ(listed(n.bytes()), strings{});
}

TEST(Notes, TakeNoMoreThanFourRecordsHold) {
  notes n;
  ASSERT_TRUE(n.add(note_tag::id, std::string(222, 'x'))) << "224 bytes with tag and length";
  EXPECT_FALSE(n.add(note_tag::condition, ""));
  EXPECT_EQ(n.bytes().size(), 224u) << "a refused string leaves no trace";
  EXPECT_EQ(split(n).size(), notes_max);
  n.clear();
  EXPECT_FALSE(n.add(note_tag::id, std::string(223, 'x')));
  EXPECT_FALSE(n.add(note_tag::id, std::string(256, 'x')));
  EXPECT_TRUE(n.empty());
}

TEST(Notes, TravelInRecordsAndAreGatheredAgain) {
  for (std::size_t length = 0; length <= 222; ++length) {
    notes sent, got;
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + i % 26);
    ASSERT_TRUE(sent.add(note_tag::id, text));
    const auto records = split(sent);
    ASSERT_EQ(records.size(), (length + 2 + note_bytes - 1) / note_bytes);
    for (const note& r : records) {
      ASSERT_EQ(r.kind, record_kind::note);
      ASSERT_EQ(r.symbol, symbol_id{7});
      got.gather(r);
    }
    ASSERT_EQ(got.bytes(), sent.bytes());
  }
}

TEST(Notes, GatherNoMoreThanTheyHold) {
  note full{};
  full.length = note_bytes;
  notes n;
  for (std::size_t i = 0; i < notes_max + 3; ++i) n.gather(full);
  EXPECT_EQ(n.bytes().size(), notes_max * note_bytes);
}

TEST(Notes, StopAtAStringThatIsCutShort) {
  EXPECT_EQ(listed(std::string_view("\1\2ab\2\5abcd", 10)), (strings{{note_tag::id, "ab"}}));
  EXPECT_EQ(listed("\1"), strings{});
}

TEST(Notes, KnowTheLengthOfALongString) {
  const std::string bytes = std::string("\1\xC8", 2) + std::string(200, 'y');
  EXPECT_EQ(listed(bytes), (strings{{note_tag::id, std::string(200, 'y')}}));
}

}  // namespace
}  // namespace tickcast::wire
