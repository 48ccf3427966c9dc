#include "wire/decode_sbe.hpp"

#include <gtest/gtest.h>

#include <string>

#include "random_ticks.hpp"
#include "tests/given.hpp"
#include "ticks.hpp"
#include "wire/encode_sbe.hpp"

namespace tickcast::wire {
namespace {

std::string fault_of(std::string_view frame) {
  sbe_message m;
  const char* fault = nullptr;
  while (!frame.empty() && !fault) fault = decode_sbe(frame, m);
  return fault ? fault : "";
}

std::string bytes_of(const tick& t, std::string_view notes = {}) {
  text to;
  encode_sbe(to, t, notes);
  return std::string{to.view()};
}

std::string json_of(const sbe_message& m) {
  text to;
  encode_json(to, "S", m);
  return std::string{to.view()};
}

// The law of the encodings: whatever can be said, SBE says just what JSON says, to the byte of its JSON.
TEST(DecodeSbe, ReadsWhatTheJsonSays) {
  random_ticks some{given::seed()};
  for (int i = 0; i < 20'000; ++i) {
    const record_kind kind = some.chance(50) ? record_kind::quote : record_kind::trade;
    text json, sbe;
    symbol_id symbol{};
    bool merged = false;
    if (some.chance(40)) {
      const merge m = some.next_merge(kind);
      symbol = m.newest().symbol;
      merged = m.count() > 1;
      encode_json(json, "S", m);
      encode_sbe(sbe, m);
    } else {
      notes strings;
      const tick t = some.next(kind, strings);
      const bool snapshot = some.chance(30);
      symbol = t.symbol;
      encode_json(json, "S", t, strings.bytes(), snapshot);
      encode_sbe(sbe, t, strings.bytes(), snapshot);
    }
    std::string_view frame = sbe.view();
    sbe_message read;
    const char* const fault = decode_sbe(frame, read);
    ASSERT_EQ(fault, nullptr) << fault << json.view();
    ASSERT_TRUE(frame.empty()) << json.view();
    ASSERT_EQ(read.tick.symbol, symbol);
    ASSERT_EQ(read.covered.count > 0, merged);
    ASSERT_EQ(json_of(read), json.view());
  }
}

TEST(DecodeSbe, KeepsTheNanosecondsAndTheNumbersAsTheyAre) {
  const std::string bytes = bytes_of(trade(1043, "189.34", "100"));
  std::string_view frame = bytes;
  sbe_message m;
  ASSERT_EQ(decode_sbe(frame, m), nullptr);
  EXPECT_EQ(m.tick.venue_ns, 1'732'060'800'123'456'789);
  EXPECT_EQ(m.tick.trade.price, 18934);
  EXPECT_EQ(m.tick.price_exponent, -2);
  EXPECT_EQ(m.last, 1043u);
}

TEST(DecodeSbe, ReadsAGap) {
  text to;
  encode_sbe_gap(to, symbol_id{7}, channel::quotes, 1050, 1099, gap_why::feed);
  std::string_view frame = to.view();
  sbe_message m;
  ASSERT_EQ(decode_sbe(frame, m), nullptr);
  EXPECT_EQ(m.tick.symbol, symbol_id{7});
  EXPECT_EQ(json_of(m), R"({"e":"gap","channel":"quotes","s":"S","f":1050,"n":1099,"why":"feed"})");
}

TEST(DecodeSbe, ReadsOneMessageAfterTheOther) {
  const std::string all = bytes_of(trade(1, "1", "2")) + bytes_of(quote(2, "1", "2", "3", "4")) + bytes_of(trade(3, "5", "6"));
  std::string_view frame = all;
  sbe_message m;
  for (sequence n = 1; n <= 3; ++n) {
    ASSERT_EQ(decode_sbe(frame, m), nullptr);
    EXPECT_EQ(m.last, n);
  }
  EXPECT_TRUE(frame.empty());
}

// A newer server's block is longer: what is known of it is read, the rest is passed over.
TEST(DecodeSbe, PassesOverWhatALaterVersionAdds) {
  notes n;
  n.add(note_tag::condition, "@");
  std::string bytes = bytes_of(at_venue(trade(9, "1.5", "2"), "Q"), n.bytes());
  const std::string as_it_was = bytes;
  bytes.insert(8 + sizeof(sbe::trade_block), "new");
  bytes[0] = static_cast<char>(bytes[0] + 3);
  bytes[6] = 1;
  std::string_view frame = bytes, before = as_it_was;
  sbe_message later, now;
  ASSERT_EQ(decode_sbe(frame, later), nullptr);
  ASSERT_EQ(decode_sbe(before, now), nullptr);
  EXPECT_TRUE(frame.empty());
  EXPECT_EQ(json_of(later), json_of(now));
}

TEST(DecodeSbe, SaysWhatIsWrong) {
  notes n;
  n.add(note_tag::condition, "@");
  n.add(note_tag::id, "7731");
  const std::string good = bytes_of(at_venue(trade(1, "1", "2"), "XNAS"), n.bytes());
  for (std::size_t length = 1; length < good.size(); ++length)
    EXPECT_EQ(fault_of(std::string_view{good}.substr(0, length)), "it is cut short") << length;
  const auto changed = [&](std::size_t at, int to) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(to);
    return fault_of(bytes);
  };
  EXPECT_EQ(changed(0, 42), "it is cut short") << "a block that is shorter than the schema's";
  EXPECT_EQ(changed(2, 12), "its template is not known here, so neither is its length");
  EXPECT_EQ(changed(4, 2), "it is of another schema");
  EXPECT_EQ(changed(8 + 21, 3), "its side is none");
  EXPECT_EQ(changed(8 + 24 + 8, 19), "a decimal's exponent is beyond 18");
  EXPECT_EQ(changed(8 + 33 + 8, -19), "a decimal's exponent is beyond 18");
  EXPECT_EQ(changed(8 + 43 + 4, 0xFF), "a condition is not UTF-8");
  EXPECT_EQ(changed(8 + 43 + 6, 0), "its venue is longer than 8 bytes");
  EXPECT_EQ(changed(8 + 43 + 11, 0xFF), "its venue or its id is not UTF-8");
  text gap;
  encode_sbe_gap(gap, symbol_id{7}, channel::quotes, 1, 2, gap_why::feed);
  std::string bytes{gap.view()};
  bytes[8 + 20] = channel_count;
  EXPECT_EQ(fault_of(bytes), "its channel is none");
  bytes[8 + 20] = 1, bytes[8 + 21] = 3;
  EXPECT_EQ(fault_of(bytes), "its reason is none");
}

TEST(DecodeSbe, PutsBothSidesOfAQuoteOnOneExponentOrSaysThatItCannot) {
  std::string bytes = bytes_of(quote(1, "1", "2", "3", "4"));
  bytes[8 + 24 + 8] = -2;  // the bid alone
  std::string_view frame = bytes;
  sbe_message m;
  ASSERT_EQ(decode_sbe(frame, m), nullptr);
  EXPECT_EQ(json_of(m), R"({"e":"quote","s":"S","n":1,"t":1732060800123456,"b":0.01,"bq":2,"a":3,"aq":4})");
  bytes[8 + 24 + 8] = -18, bytes[8 + 42 + 8] = 18;
  EXPECT_EQ(fault_of(bytes), "bid and ask are too far apart to be held by one exponent");
}

}  // namespace
}  // namespace tickcast::wire
