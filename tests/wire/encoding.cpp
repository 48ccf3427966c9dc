#include "wire/encoding.hpp"

#include <gtest/gtest.h>

#include "ticks.hpp"

namespace tickcast::wire {
namespace {

TEST(EncodingSet, HoldsWhatWasPutInto) {
  encoding_set none, both{encoding::json};
  for (encoding e : all_encodings) EXPECT_FALSE(none.has(e));
  EXPECT_TRUE(both.has(encoding::json));
  EXPECT_FALSE(both.has(encoding::sbe));
  both |= encoding::sbe;
  for (encoding e : all_encodings) EXPECT_TRUE(both.has(e));
}

TEST(Encoding, HasAName) {
  EXPECT_EQ(encoding_named("json"), encoding::json);
  EXPECT_EQ(encoding_named("sbe"), encoding::sbe);
  EXPECT_EQ(encoding_named("xml"), std::nullopt);
}

TEST(Encode, WritesEachEncoding) {
  text json, sbe, expected;
  encode(encoding::json, json, "A", trade(1, "1", "2"), {}, true);
  encode_json(expected, "A", trade(1, "1", "2"), {}, true);
  EXPECT_EQ(json.view(), expected.view());
  expected.clear();
  encode(encoding::sbe, sbe, "A", trade(1, "1", "2"), {}, true);
  encode_gap(encoding::sbe, sbe, "A", symbol_id{3}, channel::trades, 2, 3, gap_why::feed);
  encode_sbe(expected, trade(1, "1", "2"), {}, true);
  encode_sbe_gap(expected, symbol_id{3}, channel::trades, 2, 3, gap_why::feed);
  EXPECT_EQ(sbe.view(), expected.view());
}

}  // namespace
}  // namespace tickcast::wire
