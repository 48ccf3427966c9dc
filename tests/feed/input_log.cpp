#include "feed/input_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>

namespace tickcast::feed {
namespace {

class InputLog : public testing::Test {
 protected:
  void SetUp() override {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(said_);
    auto logger = std::make_shared<spdlog::logger>("test", sink);
    logger->set_pattern("%v");
    before_ = spdlog::default_logger();
    spdlog::set_default_logger(logger);
  }
  void TearDown() override { spdlog::set_default_logger(before_); }

  std::ostringstream said_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(InputLog, TellsTheFirstAtOnceAndThenAtMostOneASecond) {
  input_log log("ndjson:x");
  log.bad(500, 17, "127.0.0.1:5555", "is not JSON");
  log.bad(600, 18, "", "is not JSON");
  log.bad(999'999'999, 19, "", "is not JSON");
  log.bad(1'000'000'500, 20, "", "\"p\" is missing");
  log.bad(9'000'000'000, 21, "", "is not JSON");
  EXPECT_EQ(said_.str(),
            "feed ndjson:x: line 17 from 127.0.0.1:5555: is not JSON; skipped (1 since the last report)\n"
            "feed ndjson:x: line 20: \"p\" is missing; skipped (3 since the last report)\n"
            "feed ndjson:x: line 21: is not JSON; skipped (1 since the last report)\n");
}

}  // namespace
}  // namespace tickcast::feed
