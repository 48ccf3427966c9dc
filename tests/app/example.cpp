// deploy/tickcast.toml is what people copy from: it has every setting, each with its default and its unit.
#include "app/setting.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace tickcast::app {
namespace {

const std::filesystem::path example =
    std::filesystem::path{TICKCAST_SOURCE_DIR} / "deploy/tickcast.toml";

std::string example_text() {
  std::ifstream in{example};
  EXPECT_TRUE(in) << example;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Example, IsTakenAndChangesNothing) {
  const config defaults;
  const config read = load_config(example.string(), {{"plain", "true", "--plain"}});
  for (const setting& s : settings()) EXPECT_EQ(s.show(read), s.name == "plain" ? "true" : s.show(defaults)) << s.name;
}

TEST(Example, HasEverySettingWithUnitDefaultAndReason) {
  const std::string text = example_text();
  for (const setting& s : settings()) {
    const std::string line = std::string{s.name} + " = " + s.show(config{}) + "\n";
    const std::size_t at = text.find("\n" + line);
    ASSERT_NE(at, text.npos) << line;
    const std::size_t start = text.rfind("\n\n", at);
    ASSERT_NE(start, text.npos) << line;
    const std::string comment = text.substr(start, at - start);
    EXPECT_NE(comment.find("default " + s.show(config{})), comment.npos) << line << "explained by: " << comment;
    EXPECT_NE(comment.find(s.unit), comment.npos) << line << "explained by: " << comment;
    EXPECT_GT(comment.size(), 40U) << line;
  }
}

TEST(Example, NamesNothingThatIsNoSetting) {
  std::istringstream lines{example_text()};
  std::size_t keys = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    find_setting(line.substr(0, line.find(' ')), "the example");
    ++keys;
  }
  EXPECT_EQ(keys, settings().size());
}

}  // namespace
}  // namespace tickcast::app
