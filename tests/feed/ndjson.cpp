#include "feed/ndjson.hpp"

#include <gtest/gtest.h>

#include <string>

#include "heap.hpp"
#include "wire/decimal.hpp"
#include "wire/status_message.hpp"

namespace tickcast::feed {
namespace {

std::string decimal_text(std::int64_t mantissa, int exponent) {
  return wire::to_text({mantissa, static_cast<std::int8_t>(exponent)});
}

// An event in words; a line that gives none: `bad WHY`.
std::string read(std::string_view line) {
  ndjson decoder;
  event e;
  switch (decoder.decode(line, e)) {
    case decoded::bad: return "bad " + std::string(decoder.why());
    case decoded::event: break;
  }
  const wire::tick& t = e.tick;
  const auto price = [&](std::int64_t m) { return decimal_text(m, t.price_exponent); };
  const auto size = [&](std::int64_t m) { return decimal_text(m, t.size_exponent); };
  std::string text = std::string(e.name);
  if (e.stamped) text += " t=" + std::to_string(t.venue_ns);
  if (t.kind == wire::record_kind::quote)
    return "quote " + text + " " + price(t.quote.bid) + "x" + size(t.quote.bid_size) + " " + price(t.quote.ask) + "x" +
           size(t.quote.ask_size);
  if (t.kind == wire::record_kind::book) {
    text = "book " + text + (e.whole ? " whole" : "");
    for (const wire::level_change& c : e.levels)
      text += (c.side == wire::book_side::bid ? " b" : " a") + wire::to_text(c.price) + "x" + wire::to_text(c.size);
    return text;
  }
  if (t.kind == wire::record_kind::status) {
    text = "status " + text + " " + std::string(wire::name_of(t.status.state));
    wire::each_note(e.notes.bytes(), [&](wire::note_tag, std::string_view note) { text += " because " + std::string(note); });
    return text;
  }
  text = "trade " + text + " " + price(t.trade.price) + "x" + size(t.trade.size);
  if (t.side != wire::trade_side::unknown) text += t.side == wire::trade_side::buy ? " buy" : " sell";
  if (const auto venue = venue_of(t.trade); !venue.empty()) text += " @" + std::string(venue);
  wire::each_note(e.notes.bytes(), [&](wire::note_tag tag, std::string_view note) {
    text += (tag == wire::note_tag::id ? " id=" : " c=") + std::string(note);
  });
  return text;
}

TEST(Ndjson, ReadsGoodLines) {
  const struct {
    const char* line;
    const char* event;
  } table[] = {
      {R"({"e":"trade","s":"AAPL","t":1732060800123456,"p":189.34,"q":100})",
       "trade AAPL t=1732060800123456000 189.34x100"},
      {R"({"e":"trade","s":"AAPL","p":189.34,"q":100})", "trade AAPL 189.34x100"},
      {R"({"e":"trade","s":"AAPL","p":1,"q":1,"side":"buy","x":"Q","id":"77","c":["@","T"]})",
       "trade AAPL 1x1 buy @Q id=77 c=@ c=T"},
      {R"({"e":"trade","s":"A","p":1,"q":1,"side":"sell","x":"XNASDAQX","id":9007199254740993123,"c":[]})",
       "trade A 1x1 sell @XNASDAQX id=9007199254740993123"},
      {R"({"q":1,"p":2,"s":"A","e":"trade"})", "trade A 2x1"},
      {R"( { "e" : "trade" , "s" : "A" , "p" : 2 , "q" : 1 } )", "trade A 2x1"},
      {R"({"e":"trade","s":"BTC\/USD","p":2,"q":1})", "trade BTC/USD 2x1"},
      {R"({"\u0065":"x","e":"trade","s":"\u0041","p":2,"q":1,"id":"\u00e9\ud83d\ude00"})", "trade A 2x1 id=é😀"},
      {R"({"e":"trade","s":"A","p":-37.63,"q":0})", "trade A -37.63x0"},
      {R"({"e":"trade","s":"A","p":1.5e-7,"q":2E+3})", "trade A 0.00000015x2000"},
      {R"({"e":"trade","s":"A","p":0.0,"q":0.100})", "trade A 0x0.1"},
      {R"({"e":"trade","s":"A","p":123456789012345678,"q":0.000000000000000001})",
       "trade A 123456789012345678x0.000000000000000001"},
      {R"({"e":"trade","s":"A","p":1,"q":1,"t":0})", "trade A t=0 1x1"},
      {R"({"e":"trade","s":"A","p":1,"q":1,"t":null,"side":null,"x":null,"id":null,"c":null,"z":{"p":[1]}})",
       "trade A 1x1"},
      {R"({"e":"trade","s":"A","p":1,"q":1,"x":"","id":"","p":3})", "trade A 3x1"},
      {R"({"e":"trade","s":"AZaz09._:/=^-","p":1,"q":1})", "trade AZaz09._:/=^- 1x1"},
      {R"({"e":"quote","s":"AAPL","t":1,"b":189.3,"bq":200,"a":189.35,"aq":100.5})",
       "quote AAPL t=1000 189.3x200 189.35x100.5"},
      {R"({"e":"quote","s":"A","b":0,"bq":0,"a":1e-9,"aq":1})", "quote A 0x0 0.000000001x1"},
      {R"({"e":"quote","s":"A","b":2,"bq":1,"a":1,"aq":1})", "quote A 2x1 1x1"},
      {R"({"e":"status","s":"A","t":1,"state":"halted","reason":"news"})", "status A t=1000 halted because news"},
      {R"({"e":"status","s":"A","state":"auction"})", "status A auction"},
      {R"({"e":"status","s":"A","state":"closed","reason":""})", "status A closed"},
      {R"({"e":"book","s":"A","t":1,"snap":true,"b":[[1.50,2],[1,0.3]],"a":[[2,1]]})", "book A t=1000 whole b1.5x2 b1x0.3 a2x1"},
      {R"({"e":"book","s":"A","b":[[1,0]]})", "book A b1x0"},
      {R"({"e":"book","s":"A","snap":false,"b":null,"a":[[-1.5, 1e3 ]]})", "book A a-1.5x1000"},
      {R"({"e":"book","s":"A","snap":true,"b":[],"a":[]})", "book A whole"},
  };
  for (const auto& row : table) EXPECT_EQ(read(row.line), row.event) << row.line;
}

TEST(Ndjson, SaysWhatIsWrongWithABadLine) {
  constexpr const char* symbol = R"(bad "s" must be a string of 1 to 32 characters of A-Z a-z 0-9 . _ : / = ^ -)";
  constexpr const char* time = R"(bad "t" must be a whole number of microseconds since the Unix epoch)";
  constexpr const char* venue = R"(bad "x" must be a string of at most 8 printable ASCII characters)";
  constexpr const char* inexact = R"(bad "p" cannot be kept exactly: more than 18 digits, or an exponent beyond 18)";
  const std::string trade = R"({"e":"trade","s":"A","p":1,"q":1,)";
  const struct {
    std::string line;
    std::string why;
  } table[] = {
      {"", "bad is not JSON"},
      {"hello", "bad is not JSON"},
      {R"({"e":"trade")", "bad is not JSON"},
      {R"({"e":"trade"}})", "bad is not JSON"},
      {R"({"e":"trade",})", "bad is not JSON"},
      {R"({"e":"trade","s":"A","p":01,"q":1})", "bad is not JSON"},
      {R"({"e":"trade","s":"A","p":.5,"q":1})", "bad is not JSON"},
      {R"({"e":"trade","s":"A","p":NaN,"q":1})", "bad is not JSON"},
      {R"({"e":"status","s":"A"})", R"(bad "state" is missing)"},
      {R"({"e":"status","s":"A","state":"open"})", R"(bad "state" must be trading, halted, auction or closed)"},
      {R"({"e":"status","s":"A","state":"closed","reason":7})", R"(bad "reason" must be a string of at most 200 bytes)"},
      {R"({"e":"status","s":"A","state":"closed","reason":")" + std::string(201, 'x') + R"("})", R"(bad "reason" must be a string of at most 200 bytes)"},
      {R"({"e":"book","s":"A"})", R"(bad "b" and "a" are both missing; send at least one of them)"},
      {R"({"e":"book","s":"A","snap":1,"b":[]})", R"(bad "snap" must be true or false)"},
      {R"({"e":"book","s":"A","b":7})", R"(bad "b" must be an array of [price, size], both numbers)"},
      {R"({"e":"book","s":"A","b":[1,2]})", R"(bad "b" must be an array of [price, size], both numbers)"},
      {R"({"e":"book","s":"A","a":[[1]]})", R"(bad "a" must be an array of [price, size], both numbers)"},
      {R"({"e":"book","s":"A","a":[[1,2,3]]})", R"(bad "a" must be an array of [price, size], both numbers)"},
      {R"({"e":"book","s":"A","a":[["1","2"]]})", R"(bad "a" must be an array of [price, size], both numbers)"},
      {R"({"e":"book","s":"A","a":[[1,-2]]})", R"(bad "a" must not be negative)"},
      {R"({"e":"book","s":"A","a":[[1e-19,2]]})", R"(bad "a" cannot be kept exactly: more than 18 digits, or an exponent beyond 18)"},
      {R"({"e":"book","s":"A","b":[[1,2],[2,1],[1.0,3]]})", R"(bad "b" names a price twice)"},
      {R"(["trade"])", "bad is not a JSON object"},
      {R"({})", R"(bad "e" is missing)"},
      {R"({"e":"order"})", R"(bad "e" must be trade, quote, book or status)"},
      {R"({"e":7})", R"(bad "e" must be trade, quote, book or status)"},
      {R"({"e":"trade","p":1,"q":1})", R"(bad "s" is missing)"},
      {R"({"e":"trade","s":"","p":1,"q":1})", symbol},
      {R"({"e":"trade","s":"A B","p":1,"q":1})", symbol},
      {R"({"e":"trade","s":"é","p":1,"q":1})", symbol},
      {R"({"e":"trade","s":7,"p":1,"q":1})", symbol},
      {R"({"e":"trade","s":")" + std::string(33, 'A') + R"(","p":1,"q":1})", symbol},
      {R"({"e":"trade","s":"A","q":1})", R"(bad "p" is missing)"},
      {R"({"e":"trade","s":"A","p":null,"q":1})", R"(bad "p" is missing)"},
      {R"({"e":"trade","s":"A","p":"1.5","q":1})", R"(bad "p" must be a number)"},
      {R"({"e":"trade","s":"A","p":1234567890123456789,"q":1})", inexact},
      {R"({"e":"trade","s":"A","p":1e-19,"q":1})", inexact},
      {R"({"e":"trade","s":"A","p":1e99999999999,"q":1})", inexact},
      {R"({"e":"trade","s":"A","p":1})", R"(bad "q" is missing)"},
      {R"({"e":"trade","s":"A","p":1,"q":-1})", R"(bad "q" must not be negative)"},
      {trade + R"("t":1.5})", time},
      {trade + R"("t":-1})", time},
      {trade + R"("t":"2026-11-20"})", time},
      {trade + R"("t":9223372036854776})", time},
      {trade + R"("t":99999999999999999999})", time},
      {trade + R"("side":"B"})", R"(bad "side" must be buy or sell)"},
      {trade + R"("side":1})", R"(bad "side" must be buy or sell)"},
      {trade + R"("x":"NINECHARS"})", venue},
      {trade + R"("x":5})", venue},
      {trade + R"("x":"a\u0000b"})", venue},
      {trade + R"("id":{}})", R"(bad "id" must be a string or a number)"},
      {trade + R"("id":"\ud800"})", R"(bad "id" must be a string or a number)"},
      {trade + "\"id\":\"\xFF\"}", R"(bad "id" must be a string or a number)"},
      {trade + R"("id":")" + std::string(223, 'i') + R"("})",
       R"(bad "id" does not fit: id and conditions can have 224 bytes in all)"},
      {trade + R"("c":"T"})", R"(bad "c" must be an array of strings)"},
      {trade + R"("c":[1]})", R"(bad "c" must be an array of strings)"},
      {trade + R"("id":")" + std::string(220, 'i') + R"(","c":["T"]})",
       R"(bad "c" does not fit: id and conditions can have 224 bytes in all)"},
      {R"({"e":"quote","s":"A","bq":1,"a":1,"aq":1})", R"(bad "b" is missing)"},
      {R"({"e":"quote","s":"A","b":1,"a":1,"aq":1})", R"(bad "bq" is missing)"},
      {R"({"e":"quote","s":"A","b":1,"bq":1,"aq":1})", R"(bad "a" is missing)"},
      {R"({"e":"quote","s":"A","b":1,"bq":1,"a":[1],"aq":1})", R"(bad "a" must be a number)"},
      {R"({"e":"quote","s":"A","b":1,"bq":1,"a":1,"aq":-0.5})", R"(bad "aq" must not be negative)"},
      {R"({"e":"quote","s":"A","b":1e18,"bq":1,"a":1e-18,"aq":1})",
       R"(bad "b" and "a" are too far apart to be kept exactly on one scale)"},
      {R"({"e":"quote","s":"A","b":1,"bq":123456789012345,"a":1,"aq":0.00001})",
       R"(bad "bq" and "aq" are too far apart to be kept exactly on one scale)"},
  };
  for (const auto& row : table) EXPECT_EQ(read(row.line), row.why) << row.line;
}

TEST(Ndjson, ForgetsThePreviousLine) {
  ndjson decoder;
  event e;
  ASSERT_EQ(decoder.decode(R"({"e":"trade","s":"A","t":5,"p":1,"q":1,"side":"buy","x":"Q","id":"1"})", e), decoded::event);
  ASSERT_EQ(decoder.decode(R"({"e":"trade","s":"B","p":2,"q":3})", e), decoded::event);
  EXPECT_EQ(e.name, "B");
  EXPECT_FALSE(e.stamped);
  EXPECT_EQ(e.tick.side, wire::trade_side::unknown);
  EXPECT_EQ(venue_of(e.tick.trade), "");
  EXPECT_TRUE(e.notes.empty());
}

TEST(Ndjson, AllocatesNothingOnceWarm) {
  ndjson decoder;
  event e;
  const char* lines[] = {
      R"({"e":"trade","s":"A-VERY-LONG-NAME\/OF-A-SYMBOL","t":1732060800123456,"p":189.34,"q":100,"side":"buy","x":"Q","id":"an id that has \" and is long","c":["a condition that is not short"]})",
      R"({"e":"quote","s":"AAPL","t":1732060800123456,"b":189.33,"bq":200,"a":189.35,"aq":100})",
      R"({"e":"quote","s":"AAPL"})",
      R"(garbage)",
  };
  for (const char* line : lines) decoder.decode(line, e);
  const std::uint64_t before = allocations();
  for (int i = 0; i < 1000; ++i)
    for (const char* line : lines) decoder.decode(line, e);
  EXPECT_EQ(allocations() - before, 0u);
}

}  // namespace
}  // namespace tickcast::feed
