#include "feed/line_splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tickcast::feed {
namespace {

// The lines of `input` when it comes in chunks of `sizes`, the last one again and again: `number:text`, `number!` if
// too long.
std::vector<std::string> split(std::string_view input, std::vector<std::size_t> sizes, bool finish = true) {
  std::vector<std::string> all;
  line_splitter lines;
  const auto take = [&] {
    while (const auto line = lines.next())
      all.push_back(std::to_string(line->number) + (line->too_long ? "!" : ":" + std::string(line->text)));
  };
  for (std::size_t i = 0; !input.empty(); ++i) {
    const auto room = lines.room();
    EXPECT_GE(room.size(), chunk_max);
    const std::size_t size = std::min({input.size(), room.size(), sizes[std::min(i, sizes.size() - 1)]});
    std::memcpy(room.data(), input.data(), size);
    lines.filled(size);
    input.remove_prefix(size);
    take();
  }
  if (finish) {
    lines.finish();
    take();
  }
  return all;
}

using list = std::vector<std::string>;

TEST(LineSplitter, SplitsTheSameWayHoweverTheInputIsCut) {
  const std::string input = "\xEF\xBB\xBFone\r\ntwo\n\n \t\r\nthree\r\r\nfo\rur\n\xEF\xBB\xBF five\n\r\nlast";
  const list expected{"1:one", "2:two", "5:three\r", "6:fo\rur", "7:\xEF\xBB\xBF five", "9:last"};
  for (std::size_t size = 1; size <= input.size(); ++size) EXPECT_EQ(split(input, {size}), expected) << size;
  for (std::size_t first = 1; first < input.size(); ++first)
    for (std::size_t second = 1; first + second < input.size(); ++second)
      EXPECT_EQ(split(input, {first, second, input.size()}), expected) << first << ' ' << second;
}

TEST(LineSplitter, KeepsTheLastLineUntilTheInputEnds) {
  EXPECT_EQ(split("a\nb", {100}, false), (list{"1:a"}));
  EXPECT_EQ(split("a\nb", {100}, true), (list{"1:a", "2:b"}));
  EXPECT_EQ(split("a\nb\n", {100}, true), (list{"1:a", "2:b"}));
  EXPECT_EQ(split("", {100}, true), list{});
  EXPECT_EQ(split("\xEF\xBB\xBF", {1}, true), list{});
}

TEST(LineSplitter, TellsOfALineThatIsTooLongOnceAndGoesOnAfterIt) {
  const std::string longest(line_max, 'x'), longer(line_max + 1, 'x'), huge(5 * line_max, 'y');
  const std::string input =
      longest + "\n" + longest + "\r\n" + longer + "\n" + longer + "\r\n" + "a\n" + huge + "\nb\n" + huge;
  const list expected{"1:" + longest, "2:" + longest, "3!", "4!", "5:a", "6!", "7:b", "8!"};
  for (std::size_t size : {std::size_t{1}, std::size_t{13}, std::size_t{4096}, line_max - 1, line_max, line_max + 1,
                           std::size_t{100'000}})
    EXPECT_TRUE(split(input, {size}) == expected) << size;
}

TEST(LineSplitter, StartsAnewAfterAReset) {
  line_splitter lines;
  const auto fill = [&](std::string_view text) {
    std::memcpy(lines.room().data(), text.data(), text.size());
    lines.filled(text.size());
  };
  fill("a\nhalf");
  EXPECT_EQ(lines.next()->number, 1u);
  lines.finish();
  EXPECT_EQ(lines.next()->text, "half");
  lines.reset();
  fill("\xEF\xBB\xBF" "b\nmore");
  const auto again = lines.next();
  EXPECT_EQ(again->text, "b");
  EXPECT_EQ(again->number, 1u);
  EXPECT_FALSE(lines.next());
}

}  // namespace
}  // namespace tickcast::feed
