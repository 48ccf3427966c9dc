#include "app/script.hpp"

#include <gtest/gtest.h>

namespace tickcast::app {
namespace {

std::string text_of(std::string_view script) {
  std::string all;
  for (const line_of_script& line : read_script(script)) all += std::to_string(line.after_ns / 1'000'000) + " " + line.frame + "|";
  return all;
}
std::string refused(std::string_view script) {
  try {
    read_script(script);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Script, SaysALineAfterTheOtherAtItsTime) {
  EXPECT_EQ(text_of("{\"op\":\"ping\"}\n@1.5 [1]\n\n# nothing\n[2]\r\n@2 not even JSON"), "0 {\"op\":\"ping\"}|1500 [1]|1500 [2]|2000 not even JSON|");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of("@3\n[1]"), "3000 [1]|") << "a time may stand alone";
}

TEST(Script, RefusesTimesThatAreNoneAndThoseThatRunBack) {
  EXPECT_EQ(refused("[1]\n@soon [2]"),
            "script line 2: \"@soon [2]\" is no time; write @1.5 and a space in front of what is said one and a half seconds after "
            "the first tick");
  EXPECT_NE(refused("@-1 [1]"), "");
  EXPECT_NE(refused("@nan [1]"), "");
  EXPECT_NE(refused("@1e300 [1]"), "");
  EXPECT_EQ(refused("@2 [1]\n@1 [2]"),
            "script line 2: \"@1 [2]\" comes before the line in front of it; put the lines in the order of their times");
}

}  // namespace
}  // namespace tickcast::app
