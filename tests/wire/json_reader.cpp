#include "wire/json_reader.hpp"

#include <gtest/gtest.h>

#include <boost/json/src.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "json_judge.hpp"

namespace tickcast::wire {
namespace {

bool parses(std::string_view text) {
  json_value value;
  return json_parse(text, value);
}

const std::vector<std::string> good_texts{
    "0", "-0", "1", "-1", "10", "0.5", "-0.25", "1e5", "1E+5", "1e-5", "0e0", "1.0e10", "123456789012345678901234567890",
    "true", "false", "null", R"("")", R"("a")", R"("\"\\\/\b\f\n\r\t\u0041\uD83D\uDE00")", "\"ü€😀\"", "\"\x7F\"", "[]",
    "[ ]", "{}", "{ }", "[1]", "[1,2]", "[[],[[]],{}]", R"({"a":1})", R"({"a":1,"b":[true,null,{"c":"d"}],"a":2})",
    R"({"":0})", R"({"\u0061":1})", " 1 ", "\t\r\n[ 1 , 2 ]\n", R"( { "a" : [ 1 , -2.5e3 ] , "b" : "c" } )",
    R"({"op":"subscribe","id":1,"channel":"trades","symbols":["AAPL","MSFT"],"mode":"latest","interval_ms":500})",
    R"({"e":"trade","s":"AAPL","n":1043,"t":1732060800123456,"p":189.34,"q":100,"c":["@","F"]})"};

const std::vector<std::string> bad_texts{
    "", " ", "-", "+1", "01", "-01", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "0x1", "1 2", "1,", ",", "Infinity", "NaN",
    "tru", "truex", "True", "nul", "nulll", "fals", "\"", "\"a", "'a'", "a", R"("\x")", R"("\u12")", R"("\u12G4")", R"("\)",
    R"("\u)", "\"\n\"", "\"\x1F\"", "\"\t\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[1]]", "{", "}", "{1:2}",
    "{a:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\":1]", "{\"a\":1}}",
    "[1] x", "// c\n1", "[1/**/]", "\xEF\xBB\xBF""1", "{\"a\":1,,\"b\":2}", "[\"a\":1]", "1\v", "\f1", "--1", "1e5.5", "[01]"};

TEST(JsonReader, AcceptsWhatRfc8259Allows) {
  for (const std::string& text : good_texts) EXPECT_TRUE(parses(text)) << text;
}

TEST(JsonReader, RefusesWhatItDoesNot) {
  for (const std::string& text : bad_texts) EXPECT_FALSE(parses(text)) << text;
  EXPECT_FALSE(parses(std::string_view{"1\0", 2}));
  EXPECT_FALSE(parses(std::string_view{"\"\0\"", 3}));
  EXPECT_FALSE(parses(std::string_view{}));
}

TEST(JsonReader, AgreesWithBoostOnTheseTexts) {
  json_judge judge;
  for (const auto& list : {good_texts, bad_texts})
    for (const std::string& text : list) EXPECT_EQ(judge.judge(text), "") << text;
}

TEST(JsonReader, AgreesWithBoostOnMutatedTexts) {
  std::mt19937 random{8259};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::string pieces[] = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "0", "1", "-", "+",
                                ".", "e", "E", " ", "\n", "true", "null", "\xC3\xBC", "\xC3", "\xBC", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\x01", "/", "[[", "]]", "{\"a\":", "\"b\""};
  json_judge judge;
  int accepted = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = good_texts[below(good_texts.size())];
    for (std::size_t changes = 1 + below(4); changes; --changes) {
      const std::size_t at = below(text.size() + 1), length = std::min(text.size() - at, below(4));
      switch (below(5)) {
        case 0: text.insert(at, pieces[below(std::size(pieces))]); break;
        case 1: text.replace(at, length, pieces[below(std::size(pieces))]); break;
        case 2: text.erase(at, length); break;
        case 3: text.insert(at, text.substr(below(text.size() + 1), below(12))); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(random());
      }
    }
    accepted += parses(text);
    ASSERT_EQ(judge.judge(text), "") << "in round " << i << ": " << text;
  }
  EXPECT_GT(accepted, 3000) << "enough of both kinds";
  EXPECT_LT(accepted, 27'000);
}

TEST(JsonReader, BoundsItsDepth) {
  const auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(parses(nested(json_depth_max, "[", "]")));
  EXPECT_FALSE(parses(nested(json_depth_max + 1, "[", "]")));
  EXPECT_TRUE(parses(nested(json_depth_max, "{\"a\":", "}")));
  EXPECT_FALSE(parses(nested(json_depth_max + 1, "{\"a\":", "}")));
  EXPECT_FALSE(parses(std::string(1'000'000, '['))) << "and its stack with it";
  const std::string deep = nested(json_depth_max + 1, "[", "]");
  json_walk walk{deep};
  EXPECT_FALSE(walk.next());
  EXPECT_FALSE(walk.ok());
}

TEST(JsonReader, HandsOutSlicesAsWritten) {
  json_value value;
  ASSERT_TRUE(json_parse(" 1.50 ", value));
  EXPECT_TRUE(value.is(json_kind::number));
  EXPECT_EQ(value.raw, "1.50");
  ASSERT_TRUE(json_parse("\n{ \"a\" : 1 } ", value));
  EXPECT_TRUE(value.is(json_kind::object));
  EXPECT_EQ(value.raw, "{ \"a\" : 1 }");
  ASSERT_TRUE(json_parse("true", value));
  EXPECT_TRUE(value.is_true());
  EXPECT_FALSE(value.is_false() || value.is_null());
}

TEST(JsonReader, GivesPlainStringsTheirContentAndOthersNone) {
  const auto plain = [](std::string_view text) {
    json_value value;
    EXPECT_TRUE(json_parse(text, value)) << text;
    return std::string(value.plain());
  };
  EXPECT_EQ(plain(R"("AAPL")"), "AAPL");
  EXPECT_EQ(plain("\"ü\""), "ü");
  EXPECT_EQ(plain(R"("")"), "");
  EXPECT_EQ(plain(R"("a\/b")"), "");
  EXPECT_EQ(plain("5"), "");
  EXPECT_EQ(plain(R"(["a"])"), "");
}

TEST(JsonWalk, GoesThroughMembersInOrder) {
  json_walk walk{R"( {"a":1, "b" : [2,3],"c":{"d":null}} )"};
  EXPECT_EQ(walk.kind(), json_kind::object);
  std::string seen;
  while (walk.next()) seen.append(walk.key()).append("=").append(walk.value().raw).append(";");
  EXPECT_TRUE(walk.ok());
  EXPECT_EQ(seen, "a=1;b=[2,3];c={\"d\":null};");
  EXPECT_FALSE(walk.next()) << "and stays at the end";
  EXPECT_TRUE(walk.ok());
}

TEST(JsonWalk, GivesKeysWithTheirEscapesUndone) {
  json_walk walk{R"({"BTC\/USD":1,"\u006fp":2,"":3,"\ud800":4,"plain":5})"};
  std::vector<std::string> keys;
  while (walk.next()) keys.emplace_back(walk.key());
  EXPECT_TRUE(walk.ok());
  EXPECT_EQ(keys, (std::vector<std::string>{"BTC/USD", "op", "", "\\ud800", "plain"})) << "what cannot be undone stays";
}

TEST(JsonWalk, GoesThroughItems) {
  json_walk walk{"[1,\"x\", [ ] ]"};
  EXPECT_EQ(walk.kind(), json_kind::array);
  std::string seen;
  while (walk.next()) seen.append(walk.key()).append(walk.value().raw).append(";");
  EXPECT_TRUE(walk.ok());
  EXPECT_EQ(seen, "1;\"x\";[ ];");
}

TEST(JsonWalk, SeesWhatIsWrongEvenBehindTheLastMember) {
  for (std::string_view text : {"", " ", "5", "\"a\"", "[", "{", "[1", "[1,]", "[1 2]", "[1}", "{\"a\":1", "{\"a\":1,}", "{\"a\"}",
                                "{a:1}", "[1]x", "{} {}", "[tru]", "{\"a\":1]"}) {
    json_walk walk{text};
    int steps = 0;
    while (walk.next()) ASSERT_LT(++steps, 3) << text;
    EXPECT_FALSE(walk.ok()) << text;
    EXPECT_FALSE(walk.next()) << text;
  }
}

TEST(JsonUnescape, MakesUtf8OfEveryEscape) {
  const auto unescaped = [](std::string_view raw) {
    std::string to = "+";
    return json_unescape(raw, to) ? to : "refused";
  };
  EXPECT_EQ(unescaped(R"("")"), "+");
  EXPECT_EQ(unescaped(R"("\"\\\/\b\f\n\r\t")"), "+\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"("\u0041\u007f\u0080\u07ff\u0800\uFFFF")"), "+A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
  EXPECT_EQ(unescaped(R"("\ud800\udc00\uD83D\uDE00\udbff\udfff")"), "+\xF0\x90\x80\x80😀\xF4\x8F\xBF\xBF");
  EXPECT_EQ(unescaped(R"("x\u0000y")"), std::string("+x\0y", 4));
  EXPECT_EQ(unescaped("\"ü€😀\""), "+ü€😀");
  EXPECT_EQ(unescaped(R"("BTC\/USD")"), "+BTC/USD");
}

TEST(JsonUnescape, RefusesLoneSurrogatesAndBrokenUtf8) {
  for (const char* raw : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")",
                          R"("\ud800\ud800")", R"("\udc00\ud800")", R"("a\udfff")", R"("\ud800xxxxxxx")", "\"\xC3\"",
                          "\"\xBC\"", "\"\xED\xA0\x80\"", "\"\xC0\x80\"", "\"\xF5\x80\x80\x80\""}) {
    std::string to;
    ASSERT_TRUE(parses(raw)) << raw;
    EXPECT_FALSE(json_unescape(raw, to)) << raw;
  }
}

TEST(Utf8, IsToldFromWhatOnlyLooksLikeIt) {
  for (std::string_view good : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                                "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "aü€😀z"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (std::string_view bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC2", "\xE0\x9F\xBF", "\xE0\xA0",
                               "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                               "\xFE", "\xFF", "a\xE2\x82", "\xE2\x82\x41", "\xF0\x9F\x98\x41"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Utf8, CountsCharactersAndNotBytes) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("abc"), 3u);
  EXPECT_EQ(utf8_length("aü€😀"), 4u);
}

TEST(JsonInteger, TakesWholeNumbersOfAnInt64) {
  const auto integer = [](std::string_view text) {
    json_value value;
    std::int64_t to = 0;
    EXPECT_TRUE(json_parse(text, value)) << text;
    return json_integer(value, to) ? std::to_string(to) : "none";
  };
  EXPECT_EQ(integer("0"), "0");
  EXPECT_EQ(integer("-0"), "0");
  EXPECT_EQ(integer("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(integer("9223372036854775807"), "9223372036854775807");
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "1.0", "1e2", "0.5", "\"1\"", "true", "null", "[1]"})
    EXPECT_EQ(integer(text), "none") << text;
}

}  // namespace
}  // namespace tickcast::wire
