#include "fanout/batch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tickcast::fanout {
namespace {

TEST(Batch, JoinsMessagesIntoAnArray) {
  batch b;
  b.begin();
  b.add("{1}");
  b.open().add("{2}");
  b.add("{3}");
  EXPECT_EQ(b.count(), 3u);
  EXPECT_EQ(b.finish(), "[{1},{2},{3}]");
}

TEST(Batch, StartsAnewAndKeepsRoomForTheHeaderInFront) {
  batch b;
  b.begin();
  b.add("old");
  b.finish();
  b.begin();
  EXPECT_EQ(b.count(), 0u);
  b.add("new");
  const std::string_view payload = b.finish();
  EXPECT_EQ(payload, "[new]");
  EXPECT_EQ(payload, b.finish());  // it ends once
  EXPECT_EQ(b.frame(wire::opcode::text), "\x81\x05[new]");
}

TEST(Batch, KeepsItsCompressedFormUntilItStartsAnew) {
  wire::deflater deflater;
  const auto compressed = [&](std::string_view payload, int bits) {
    wire::text to;
    deflater.compress(payload, bits, to);
    return std::string{to.view()};
  };
  batch b;
  for (const std::string& message : {std::string(100, 'a'), std::string(100, 'b')}) {
    b.begin();
    b.add(message);
    for (int bits : {15, 15, 9}) {
      const std::string form = compressed("[" + message + "]", bits);
      EXPECT_EQ(b.deflated_frame(wire::opcode::text, deflater, bits), "\xC1" + std::string(1, static_cast<char>(form.size())) + form);
    }
    EXPECT_EQ(b.frame(wire::opcode::text), "\x81\x66[" + message + "]");
  }
}

TEST(Batch, PutsSbeMessagesOneBehindTheOther) {
  batch b;
  b.begin(wire::encoding::sbe);
  b.add("one");
  b.open().add("two");
  EXPECT_EQ(b.encoding(), wire::encoding::sbe);
  EXPECT_EQ(b.count(), 2u);
  EXPECT_EQ(b.finish(), "onetwo");
  b.begin();
  b.add("{1}");
  EXPECT_EQ(b.encoding(), wire::encoding::json);
  EXPECT_EQ(b.finish(), "[{1}]");
}

TEST(Batch, TakesOneMessageOfAnySizeButOnlyOne) {
  batch b;
  b.begin();
  EXPECT_TRUE(b.fits(100'000));
  b.add(std::string(100'000, 'x'));
  EXPECT_TRUE(b.full());
  EXPECT_FALSE(b.fits(1));
}

TEST(Batch, StaysWithinOneRecordWhileWhatIsAddedFits) {
  const std::string message(333, 'x');
  batch b;
  b.begin();
  while (b.fits(message.size())) b.add(message);
  EXPECT_GT(b.finish().size(), 15'000u);
  EXPECT_LE(b.size(), flush_unit);
}

}  // namespace
}  // namespace tickcast::fanout
