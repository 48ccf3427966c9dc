#include "wire/transcript.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ticks.hpp"
#include "wire/encode_sbe.hpp"

namespace tickcast::wire {
namespace {

std::string of(std::uint32_t id, tick t) {
  t.symbol = symbol_id{id};
  text to;
  encode_sbe(to, t, {});
  return std::string{to.view()};
}

TEST(Transcript, LeavesTextAsItIs) {
  transcript t;
  for (const std::string frame : {R"([{"e":"welcome","v":1}])", "[]", "{}", "no JSON"}) EXPECT_EQ(t.read(frame, false), frame);
}

TEST(Transcript, WritesABinaryFrameAsTheArrayThatJsonWouldBe) {
  transcript t;
  t.read(R"([{"e":"subscribed","id":1,"channel":"trades","symbols":[{"s":"AAPL","n":4,"id":7}],"failed":[]}])", false);
  t.read(R"([{"e":"symbol","s":"NEW","id":9},{"e":"symbol","s":"ZZZ","id":0}])", false);
  text gap;
  encode_sbe_gap(gap, symbol_id{0}, channel::quotes, 1, 2, gap_why::feed);
  EXPECT_EQ(t.read(of(7, trade(5, "1.50", "2")) + of(9, quote(1, "1", "2", "3", "4")) + std::string{gap.view()}, true),
            R"([{"e":"trade","s":"AAPL","n":5,"t":1732060800123456,"p":1.5,"q":2},)"
            R"({"e":"quote","s":"NEW","n":1,"t":1732060800123456,"b":1,"bq":2,"a":3,"aq":4},)"
            R"({"e":"gap","channel":"quotes","s":"ZZZ","f":1,"n":2,"why":"feed"}])");
}

std::string fault_after(std::string_view text, std::string_view binary) {
  transcript t;
  if (t.read(text, false)) t.read(binary, true);
  EXPECT_FALSE(t.fault().empty());
  EXPECT_EQ(t.read("[]", false), std::nullopt) << "the first fault stays";
  return t.fault();
}

TEST(Transcript, SaysWhatCannotBeRead) {
  const std::string named = R"([{"e":"symbol","s":"A","id":7}])";
  EXPECT_EQ(fault_after(named, of(7, trade(1, "1", "1")) + of(8, trade(1, "1", "1"))),
            "message 2 of a binary frame is of symbol id 8, which no message has named");
  EXPECT_EQ(fault_after(named, of(7, trade(1, "1", "1")) + "x"), "message 2 of a binary frame cannot be read: it is cut short");
  EXPECT_EQ(fault_after(named, ""), "a binary frame holds no message");
  EXPECT_EQ(fault_after(R"([{"e":"symbol","s":"A","id":7},{"e":"symbol","s":"B","id":7}])", ""), "symbol id 7 is A, and now B");
  for (const char* bad : {R"([{"e":"symbol","s":"A","id":"7"}])", R"([{"e":"symbol","s":"A","id":4294967296}])",
                          R"([{"e":"symbol","s":"a b","id":1}])", R"([{"e":"symbol","id":1}])"})
    EXPECT_EQ(fault_after(bad, ""), "a symbol's id is no number of 32 bits, or names no symbol") << bad;
}

TEST(Transcript, TakesANameThatIsToldAgain) {
  transcript t;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(t.read(R"([{"e":"symbol","s":"A","id":7}])", false));
}

}  // namespace
}  // namespace tickcast::wire
