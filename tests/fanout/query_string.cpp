#include "fanout/query_string.hpp"

#include <gmock/gmock.h>

namespace tickcast::fanout {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> read(std::string_view text) {
  std::string why;
  const auto made = query_string::parse(text, why);
  EXPECT_TRUE(made) << text << ": " << why;
  return made ? made->all() : std::vector<std::pair<std::string, std::string>>{};
}
std::string refused(std::string_view text) {
  std::string why;
  EXPECT_FALSE(query_string::parse(text, why)) << text;
  return why;
}

TEST(QueryString, HasNamesAndValues) {
  EXPECT_THAT(read("symbol=AAPL&period=1m"), ElementsAre(Pair("symbol", "AAPL"), Pair("period", "1m")));
  EXPECT_THAT(read(""), ElementsAre());
  EXPECT_THAT(read("&&a=1&"), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(read("a=&b"), ElementsAre(Pair("a", ""), Pair("b", "")));
  EXPECT_THAT(read("a=b=c"), ElementsAre(Pair("a", "b=c")));
}

TEST(QueryString, DecodesWhatIsEscaped) {
  EXPECT_THAT(read("symbol=BTC%2fUSD&q=a+b%20c%2B"), ElementsAre(Pair("symbol", "BTC/USD"), Pair("q", "a b c+")));
  EXPECT_THAT(read("q=%C3%A4"), ElementsAre(Pair("q", "\xC3\xA4")));
  EXPECT_THAT(read("%73ymbol=1"), ElementsAre(Pair("symbol", "1")));
}

TEST(QueryString, RefusesWhatCannotBeRead) {
  for (const char* text : {"a=%", "a=%4", "a=%4g", "a=%00", "a=%0a", "a=%ff", "=1", "a=%C3%28"}) EXPECT_THAT(refused(text), HasSubstr("name=value")) << text;
  EXPECT_THAT(refused("a=1&b=2&a=3"), HasSubstr("given twice"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += std::to_string(i) + "=1&";
  EXPECT_THAT(refused(many), HasSubstr("more than 32"));
}

TEST(QueryString, FindsAValueByItsName) {
  std::string why;
  const auto made = query_string::parse("a=1&ab=2", why);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)["ab"], "2");
  EXPECT_EQ((*made)["b"], "");
}

TEST(QueryString, ReadsWholeNumbersOnly) {
  EXPECT_EQ(whole_number("-17"), -17);
  EXPECT_EQ(whole_number("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "1.0", "1e3", " 1", "1 ", "+1", "9223372036854775808", "0x1"}) EXPECT_FALSE(whole_number(text)) << text;
}

TEST(QueryString, TakesListsApart) {
  bool more = true;
  EXPECT_THAT(items_of("A,,B,", 2, more), ElementsAre("A", "B"));
  EXPECT_FALSE(more);
  EXPECT_THAT(items_of("A,B,C", 2, more), ElementsAre("A", "B"));
  EXPECT_TRUE(more);
  EXPECT_THAT(items_of("", 2, more), ElementsAre());
}

}  // namespace
}  // namespace tickcast::fanout
