#include "wire/text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

namespace tickcast::wire {
namespace {

TEST(Text, AddsBytesCharactersAndNumbers) {
  text t;
  EXPECT_TRUE(t.empty());
  EXPECT_EQ(t.view(), "");
  t.add("ab").add("").add('c').add_integer(-5).add(' ').add_count(7).add(' ').add_decimal({18934, -2});
  EXPECT_EQ(t.view(), "abc-5 7 189.34");
  EXPECT_EQ(t.size(), 14u);
  EXPECT_EQ(t.view(3, 2), "-5");
}

TEST(Text, WritesTheLargestNumbers) {
  text t;
  t.add_integer(std::numeric_limits<std::int64_t>::min()).add(' ').add_integer(std::numeric_limits<std::int64_t>::max());
  t.add(' ').add_count(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(t.view(), "-9223372036854775808 9223372036854775807 18446744073709551615");
}

TEST(Text, KeepsWhatItHasWhileItGrows) {
  text t;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 37), static_cast<char>('a' + i % 26));
    t.add(piece);
    expected += piece;
  }
  EXPECT_EQ(t.view(), expected);
}

TEST(Text, KeepsItsMemoryWhenCleared) {
  text t;
  t.add(std::string(5000, 'x'));
  const char* memory = t.data();
  t.clear();
  EXPECT_TRUE(t.empty());
  t.add(std::string(5000, 'y'));
  EXPECT_EQ(t.data(), memory);
}

TEST(Text, CountsWhatWasWrittenIntoItsRoom) {
  text t;
  t.add("12");
  char* to = t.room(1000);
  std::memset(to, 'z', 1000);
  EXPECT_EQ(t.view(), "12") << "not before it is counted";
  t.wrote(to + 3);
  EXPECT_EQ(t.view(), "12zzz");
  t.shrink(1);
  EXPECT_EQ(t.view(), "1");
}

TEST(Text, QuotesWhatJsonWantsEscaped) {
  const auto quoted = [](std::string_view bytes) { return std::string(text{}.add_quoted(bytes).view()); };
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("plain /"), R"("plain /")");
  EXPECT_EQ(quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quoted("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(quoted(std::string_view{"\0\x01\b\f\x1F", 5}), R"("\u0000\u0001\u0008\u000c\u001f")");
  EXPECT_EQ(quoted("ü€😀\x7F"), "\"ü€😀\x7F\"");
}

TEST(Text, MovesItsBytesAndIsEmptyAfterwards) {
  text from;
  from.add("bytes");
  text to{std::move(from)};
  EXPECT_EQ(to.view(), "bytes");
  from.add("new");
  EXPECT_EQ(from.view(), "new");
  to = std::move(from);
  EXPECT_EQ(to.view(), "new");
  from.clear();
  from.add("again");
  EXPECT_EQ(from.view(), "again");
}

}  // namespace
}  // namespace tickcast::wire
