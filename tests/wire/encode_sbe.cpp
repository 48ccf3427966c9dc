#include "wire/encode_sbe.hpp"

#include <gtest/gtest.h>

#include <string>

#include "random_ticks.hpp"
#include "sbe_schema.hpp"
#include "ticks.hpp"

namespace tickcast::wire {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[c & 15];
  }
  return out;
}

tick of_seven(tick t) {
  t.symbol = symbol_id{7};
  return t;
}

std::string encoded(const tick& t, std::string_view notes = {}, bool snapshot = false) {
  text to;
  encode_sbe(to, of_seven(t), notes, snapshot);
  return hex(to.view());
}

std::string encoded(std::initializer_list<tick> ticks) {
  merge m;
  for (const tick& t : ticks) EXPECT_TRUE(m.add(of_seven(t), {}));
  text to;
  encode_sbe(to, m);
  return hex(to.view());
}

const std::string time = "15cdbcf01e840918";  // 1'732'060'800'123'456'789

TEST(EncodeSbe, WritesAPlainTradeIn56Bytes) {
  EXPECT_EQ(encoded(trade(1043, "189.34", "100")),
            "2b00010001000000" "1304000000000000" + time + "07000000" "00000000"
            "f649000000000000fe" "640000000000000000" "00" "000000" "00" "00");
}

TEST(EncodeSbe, KeepsTheDigitsAsTheyCame) {
  EXPECT_EQ(encoded(trade(1, "-37.63", "0")),
            "2b00010001000000" "0100000000000000" + time + "07000000" "00000000"
            "4df1fffffffffffffe" "000000000000000000" "00" "000000" "00" "00");
}

TEST(EncodeSbe, WritesWhatElseTheFeedHasBehindTheBlock) {
  notes n;
  n.add(note_tag::id, "7731");
  n.add(note_tag::condition, "@");
  n.add(note_tag::condition, "ü");
  EXPECT_EQ(encoded(at_venue(on_side(trade(1, "1", "2"), trade_side::sell), "XNAS"), n.bytes(), true),
            "2b00010001000000" "0100000000000000" + time + "07000000" "01020000"
            "010000000000000000" "020000000000000000" "00"
            "000002" "0140" "02c3bc" "04584e4153" "0437373331");
}

TEST(EncodeSbe, WritesVenuesOfAnyLength) {
  for (const std::string_view venue : {"", "Q", "AB", "XNAS", "SEVENTY", "EIGHTY-8"}) {
    const std::string bytes = encoded(at_venue(trade(1, "1", "2"), venue));
    EXPECT_EQ(bytes.substr(2 * 54), "0" + std::to_string(venue.size()) + hex(venue) + "00");
  }
}

TEST(EncodeSbe, WritesAQuote) {
  EXPECT_EQ(encoded(quote(77, "189.33", "200", "189.35", "0.5"), {}, true),
            "3c00030001000000" "4d00000000000000" + time + "07000000" "01000000"
            "f549000000000000fe" "d007000000000000ff" "f749000000000000fe" "0500000000000000ff");
}

TEST(EncodeSbe, WritesAMergedTradeWithItsBar) {
  EXPECT_EQ(encoded({trade(5, "10.5", "1"), trade(6, "12", "0.25"), trade(7, "9.75", "3"), trade(8, "11", "10")}),
            "5800020001000000" "0800000000000000" + time + "07000000" "04000000" "0500000000000000"
            "0b0000000000000000" "0a0000000000000000" "6900000000000000ff" "0c0000000000000000"
            "cf03000000000000fe" "9105000000000000fe" "0000");
}

TEST(EncodeSbe, WritesAMergedQuoteAsTheNewestAndItsRange) {
  EXPECT_EQ(encoded({quote(70, "1", "1", "2", "1"), quote(71, "1.5", "3", "2.5", "4")}),
            "4400040001000000" "4700000000000000" + time + "07000000" "02000000" "4600000000000000"
            "0f00000000000000ff" "030000000000000000" "1900000000000000ff" "040000000000000000");
}

TEST(EncodeSbe, WritesAMergeOfOneAsThatTick) {
  EXPECT_EQ(encoded({trade(5, "10.5", "1")}), encoded(trade(5, "10.5", "1")));
  EXPECT_EQ(encoded({quote(70, "1", "1", "2", "1")}), encoded(quote(70, "1", "1", "2", "1")));
}

TEST(EncodeSbe, AnnouncesAGap) {
  text to;
  encode_sbe_gap(to, symbol_id{7}, channel::quotes, 1050, 1099, gap_why::overflow);
  EXPECT_EQ(hex(to.view()), "1800050001000000" "4b04000000000000" "1a04000000000000" "07000000" "01" "02" "0000");
}

TEST(EncodeSbe, AppendsToWhatIsThere) {
  text to;
  to.add("x");
  encode_sbe(to, of_seven(trade(1, "1", "2")), {});
  encode_sbe(to, of_seven(quote(2, "1", "2", "3", "4")), {});
  EXPECT_EQ(hex(to.view()), "78" + encoded(trade(1, "1", "2")) + encoded(quote(2, "1", "2", "3", "4")));
}

// What is written, read by the schema alone.
TEST(EncodeSbe, PutsEachFieldWhereTheSchemaSays) {
  const sbe_schema schema{TICKCAST_SOURCE_DIR "/wire/tickcast.sbe.xml"};
  random_ticks some{1};
  for (int i = 0; i < 2000; ++i) {
    notes strings;
    const bool quoted = some.chance(50);
    const tick t = some.next(quoted ? record_kind::quote : record_kind::trade, strings);
    text to;
    encode_sbe(to, t, strings.bytes());
    const sbe_view seen{schema.of(quoted ? "quote" : "trade"), to.view()};
    ASSERT_EQ(seen.read<std::uint64_t>("sequence"), t.n);
    ASSERT_EQ(seen.read<std::int64_t>("time"), t.venue_ns);
    ASSERT_EQ(seen.read<std::uint32_t>("symbol"), index_of(t.symbol));
    if (quoted) {
      ASSERT_EQ(seen.mantissa("bid"), t.quote.bid);
      ASSERT_EQ(seen.mantissa("bidSize"), t.quote.bid_size);
      ASSERT_EQ(seen.mantissa("ask"), t.quote.ask);
      ASSERT_EQ(seen.mantissa("askSize"), t.quote.ask_size);
      ASSERT_EQ(seen.exponent("bid"), t.price_exponent);
      ASSERT_EQ(seen.exponent("askSize"), t.size_exponent);
    } else {
      ASSERT_EQ(seen.mantissa("price"), t.trade.price);
      ASSERT_EQ(seen.mantissa("size"), t.trade.size);
      ASSERT_EQ(seen.exponent("price"), t.price_exponent);
      ASSERT_EQ(seen.exponent("size"), t.size_exponent);
      ASSERT_EQ(seen.read<std::uint8_t>("side"), static_cast<std::uint8_t>(t.side));
    }
  }
}

}  // namespace
}  // namespace tickcast::wire
