#include "wire/encode_json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "ticks.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::wire {
namespace {

std::string encoded(const tick& t, std::string_view notes = {}, bool snapshot = false) {
  text to;
  encode_json(to, "AAPL", t, notes, snapshot);
  return std::string(to.view());
}

std::string encoded(const merge& m) {
  text to;
  encode_json(to, "AAPL", m);
  return std::string(to.view());
}

merge merged(std::initializer_list<tick> ticks) {
  merge m;
  for (const tick& t : ticks) EXPECT_TRUE(m.add(t, {}));
  return m;
}

TEST(EncodeJson, WritesAPlainTrade) {
  EXPECT_EQ(encoded(trade(1043, "189.34", "100")),
            R"({"e":"trade","s":"AAPL","n":1043,"t":1732060800123456,"p":189.34,"q":100})");
}

TEST(EncodeJson, WritesExactDecimalsWithoutAnExponent) {
  EXPECT_EQ(encoded(trade(1, "1e-7", "1e18")),
            R"({"e":"trade","s":"AAPL","n":1,"t":1732060800123456,"p":0.0000001,"q":1000000000000000000})");
  EXPECT_EQ(encoded(trade(1, "-37.630", "0")), R"({"e":"trade","s":"AAPL","n":1,"t":1732060800123456,"p":-37.63,"q":0})");
}

TEST(EncodeJson, WritesWhatElseTheFeedHas) {
  notes n;
  n.add(note_tag::id, "T\"1");
  n.add(note_tag::condition, "@");
  n.add(note_tag::condition, "F\\ü\n");
  const tick t = at_venue(on_side(trade(1043, "189.34", "100"), trade_side::buy), "Q");
  EXPECT_EQ(encoded(t, n.bytes()),
            R"({"e":"trade","s":"AAPL","n":1043,"t":1732060800123456,"p":189.34,"q":100,"side":"buy","x":"Q",)"
            R"("id":"T\"1","c":["@","F\\ü\n"]})");
}

TEST(EncodeJson, WritesEachExtraAlone) {
  const std::string head = R"({"e":"trade","s":"AAPL","n":1,"t":1732060800123456,"p":1,"q":2)";
  const tick t = trade(1, "1", "2");
  notes id, condition;
  id.add(note_tag::id, "7");
  condition.add(note_tag::condition, "odd lot");
  EXPECT_EQ(encoded(on_side(t, trade_side::sell)), head + R"(,"side":"sell"})");
  EXPECT_EQ(encoded(at_venue(t, "A\"B\\CDEF")), head + R"(,"x":"A\"B\\CDEF"})");
  EXPECT_EQ(encoded(t, id.bytes()), head + R"(,"id":"7"})");
  EXPECT_EQ(encoded(t, condition.bytes()), head + R"(,"c":["odd lot"]})");
}

TEST(EncodeJson, MarksASnapshot) {
  EXPECT_EQ(encoded(trade(1, "1", "2"), {}, true),
            R"({"e":"trade","s":"AAPL","n":1,"t":1732060800123456,"p":1,"q":2,"snap":true})");
  notes n;
  n.add(note_tag::condition, "c");
  EXPECT_EQ(encoded(trade(1, "1", "2"), n.bytes(), true),
            R"({"e":"trade","s":"AAPL","n":1,"t":1732060800123456,"p":1,"q":2,"c":["c"],"snap":true})");
  EXPECT_EQ(encoded(quote(77, "1", "2", "3", "4"), {}, true),
            R"({"e":"quote","s":"AAPL","n":77,"t":1732060800123456,"b":1,"bq":2,"a":3,"aq":4,"snap":true})");
}

TEST(EncodeJson, WritesAQuoteWhoseSidesHaveDifferentDigits) {
  EXPECT_EQ(encoded(quote(77, "189.3", "200", "189.355", "0.5")),
            R"({"e":"quote","s":"AAPL","n":77,"t":1732060800123456,"b":189.3,"bq":200,"a":189.355,"aq":0.5})");
  EXPECT_EQ(encoded(quote(77, "0", "0", "0.01", "1e2")),
            R"({"e":"quote","s":"AAPL","n":77,"t":1732060800123456,"b":0,"bq":0,"a":0.01,"aq":100})");
}

TEST(EncodeJson, WritesAMergedTradeWithItsBar) {
  EXPECT_EQ(encoded(merged({trade(5, "10.5", "1"), trade(6, "12", "0.25"), trade(7, "9.75", "3"), trade(8, "11", "10")})),
            R"({"e":"trade","s":"AAPL","n":8,"t":1732060800123456,"p":11,"q":10,"o":10.5,"h":12,"l":9.75,"v":14.25,"f":5,"k":4})");
}

TEST(EncodeJson, WritesAMergedQuoteAsTheNewestAndItsRange) {
  EXPECT_EQ(encoded(merged({quote(70, "1", "1", "2", "1"), quote(71, "1.5", "3", "2.5", "4")})),
            R"({"e":"quote","s":"AAPL","n":71,"t":1732060800123456,"b":1.5,"bq":3,"a":2.5,"aq":4,"f":70,"k":2})");
}

TEST(EncodeJson, WritesAMergeOfOneAsThatTick) {
  notes n;
  n.add(note_tag::id, "x");
  merge m;
  m.add(at_venue(on_side(trade(5, "10.5", "1"), trade_side::sell), "Q"), n.bytes());
  EXPECT_EQ(encoded(m), R"({"e":"trade","s":"AAPL","n":5,"t":1732060800123456,"p":10.5,"q":1,"side":"sell","x":"Q","id":"x"})");
  EXPECT_EQ(encoded(merged({quote(70, "1", "1", "2", "1")})),
            R"({"e":"quote","s":"AAPL","n":70,"t":1732060800123456,"b":1,"bq":1,"a":2,"aq":1})");
}

TEST(EncodeJson, AnnouncesAGap) {
  const auto gap = [](channel c, gap_why why) {
    text to;
    encode_json_gap(to, "BTC/USD", c, 1050, 1099, why);
    return std::string(to.view());
  };
  EXPECT_EQ(gap(channel::trades, gap_why::slow_consumer),
            R"({"e":"gap","channel":"trades","s":"BTC/USD","f":1050,"n":1099,"why":"slow_consumer"})");
  EXPECT_EQ(gap(channel::quotes, gap_why::feed),
            R"({"e":"gap","channel":"quotes","s":"BTC/USD","f":1050,"n":1099,"why":"feed"})");
  EXPECT_EQ(gap(channel::quotes, gap_why::overflow),
            R"({"e":"gap","channel":"quotes","s":"BTC/USD","f":1050,"n":1099,"why":"overflow"})");
}

TEST(EncodeJson, AppendsToWhatIsThere) {
  text to;
  to.add("[");
  encode_json(to, "A", trade(1, "1", "2"), {});
  to.add(",");
  encode_json(to, "B", quote(2, "1", "2", "3", "4"), {});
  EXPECT_EQ(to.view(), R"([{"e":"trade","s":"A","n":1,"t":1732060800123456,"p":1,"q":2},)"
                       R"({"e":"quote","s":"B","n":2,"t":1732060800123456,"b":1,"bq":2,"a":3,"aq":4})");
}

// Every number at its longest, the name too: what is written fits the room that was asked for once.
TEST(EncodeJson, HasRoomForTheLongestMessages) {
  const std::string name(32, 'W');
  const std::string prices[] = {"-0.000000000000000001", "-123456789012345678e18", "0.123456789012345678"};
  for (const std::string& price : prices) {
    tick t = at_venue(on_side(trade(std::numeric_limits<sequence>::max() - 1, price, price), trade_side::sell), "\x01\x02\x03\x04\x05\x06\x07\x08");
    t.venue_ns = std::numeric_limits<std::int64_t>::min();
    notes n;
    n.add(note_tag::id, std::string(222, '\x01'));
    merge m;
    m.add(t, n.bytes());
    text one, two;
    encode_json(one, name, m);
    ++t.n;
    ASSERT_TRUE(m.add(t, {}));
    encode_json(two, name, m);
    json_value value;
    EXPECT_TRUE(json_parse(one.view(), value)) << one.view();
    EXPECT_TRUE(json_parse(two.view(), value)) << two.view();
  }
}

}  // namespace
}  // namespace tickcast::wire
