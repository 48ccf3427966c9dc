#include "fanout/origin.hpp"

#include <gtest/gtest.h>

namespace tickcast::fanout {
namespace {

const std::vector<std::string> nobody, everybody{"*"}, one{"https://charts.example.com"};

TEST(Origin, LetsProgramsIn) { EXPECT_TRUE(origin_allowed("", "localhost:8443", nobody)); }

TEST(Origin, LetsTheServersOwnPageInWhateverTheScheme) {
  EXPECT_TRUE(origin_allowed("https://localhost:8443", "localhost:8443", nobody));
  EXPECT_TRUE(origin_allowed("http://localhost:8443", "localhost:8443", nobody));
  EXPECT_TRUE(origin_allowed("https://Example.COM", "example.com", nobody));
}

TEST(Origin, KeepsForeignPagesOut) {
  EXPECT_FALSE(origin_allowed("https://evil.example", "localhost:8443", nobody));
  EXPECT_FALSE(origin_allowed("https://localhost:9999", "localhost:8443", nobody));
  EXPECT_FALSE(origin_allowed("https://localhost:8443.evil.example", "localhost:8443", nobody));
  EXPECT_FALSE(origin_allowed("https://evil.example/://localhost:8443", "localhost:8443", nobody));
  EXPECT_FALSE(origin_allowed("null", "localhost:8443", nobody));
  EXPECT_FALSE(origin_allowed("https://", "", nobody));
  EXPECT_FALSE(origin_allowed("localhost:8443", "localhost:8443", nobody));
}

TEST(Origin, LetsInWhoIsNamed) {
  EXPECT_TRUE(origin_allowed("https://charts.example.com", "localhost:8443", one));
  EXPECT_FALSE(origin_allowed("http://charts.example.com", "localhost:8443", one));
  EXPECT_FALSE(origin_allowed("https://charts.example.com.evil.example", "localhost:8443", one));
  EXPECT_TRUE(origin_allowed("https://evil.example", "localhost:8443", everybody));
  EXPECT_TRUE(origin_allowed("null", "localhost:8443", everybody));
}

}  // namespace
}  // namespace tickcast::fanout
