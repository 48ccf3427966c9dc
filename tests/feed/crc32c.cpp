#include "feed/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tickcast::feed {
namespace {

TEST(Crc32c, IsTheNumberThatEverybodyElseComputes) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc32c(digits.data(), digits.size()), 0xe3069283U);
  EXPECT_EQ(crc32c(nullptr, 0), 0U);
  const std::vector<unsigned char> zeros(32, 0), ones(32, 0xff);
  EXPECT_EQ(crc32c(zeros.data(), zeros.size()), 0x8a9136aaU);
  EXPECT_EQ(crc32c(ones.data(), ones.size()), 0x62a8ab43U);
}

TEST(Crc32c, IsTheSameByTableAndByInstruction) {
  std::vector<unsigned char> bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 131 + 17);
  for (std::size_t from = 0; from < 9; ++from)
    for (std::size_t size = 0; size + from <= bytes.size(); ++size)
      ASSERT_EQ(crc32c(bytes.data() + from, size), crc32c_by_table(bytes.data() + from, size)) << from << " " << size;
}

}  // namespace
}  // namespace tickcast::feed
