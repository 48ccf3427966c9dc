#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tickcast::wire {
namespace {

// The header's bytes, in hex, as it is written in front of a payload.
std::string header(std::uint64_t length, opcode op = opcode::text, bool deflated = false) {
  std::vector<char> room(frame_header_max + 4, 'P');
  char* payload = room.data() + frame_header_max;
  const char* begin = write_frame_header(payload, length, op, deflated);
  EXPECT_GE(begin, room.data());
  EXPECT_EQ(std::string_view(payload, 4), "PPPP") << "the payload is not touched";
  std::string hex;
  for (; begin != payload; ++begin) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(*begin) >> 4];
    hex += digits[*begin & 15];
  }
  return hex;
}

TEST(Frame, WritesTheLengthInTheFewestBytes) {
  EXPECT_EQ(header(0), "8100");
  EXPECT_EQ(header(1), "8101");
  EXPECT_EQ(header(125), "817d");
  EXPECT_EQ(header(126), "817e007e");
  EXPECT_EQ(header(127), "817e007f");
  EXPECT_EQ(header(65535), "817effff");
  EXPECT_EQ(header(65536), "817f0000000000010000");
  EXPECT_EQ(header(std::uint64_t{1} << 32), "817f0000000100000000");
  EXPECT_EQ(header(0x0123456789abcdef), "817f0123456789abcdef");
}

TEST(Frame, NamesItsOpcodeAndIsAlwaysFinal) {
  EXPECT_EQ(header(2, opcode::continuation), "8002");
  EXPECT_EQ(header(2, opcode::binary), "8202");
  EXPECT_EQ(header(2, opcode::close), "8802");
  EXPECT_EQ(header(0, opcode::ping), "8900");
  EXPECT_EQ(header(0, opcode::pong), "8a00");
}

TEST(Frame, SetsTheFirstReservedBitWhenDeflated) {
  EXPECT_EQ(header(125, opcode::text, true), "c17d");
  EXPECT_EQ(header(126, opcode::binary, true), "c27e007e");
}

}  // namespace
}  // namespace tickcast::wire
