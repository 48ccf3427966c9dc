#include "feed/file_source.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using std::chrono::steady_clock;

class FileSource : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  static std::string trade(const std::string& price, const std::string& more = "") {
    return R"({"e":"trade","s":"A","p":)" + price + R"(,"q":1)" + more + "}\n";
  }
  static std::string at(std::int64_t micros) { return ",\"t\":" + std::to_string(micros); }
  file_settings settings(double speed, std::uint64_t passes = 1) { return {path_, speed, passes}; }

  std::string path_ = testing::TempDir() + "tickcast-" + std::to_string(::getpid()) + "-" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".ndjson";
  boost::asio::io_context io_;
};

TEST_F(FileSource, PlaysEveryGoodLineAndCountsTheOthers) {
  write(trade("1.50") + "garbage\n" + R"({"e":"book","s":"A","b":[[1,2]]})" + "\r\n\r\n" + trade("2") + R"({"e":"trade","s":"A","p":3,"q":1})");
  market m;
  m.open(0, "A");
  file_source source("ndjson:x", settings(0), io_, m.to);
  source.start();
  EXPECT_TRUE(source.live());
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  EXPECT_FALSE(source.live());
  EXPECT_EQ(m.hear_text(), "1.5 2 3");
  EXPECT_EQ(source.counts().ticks.value(), 4u);
  EXPECT_EQ(source.counts().bad_input.value(), 1u);
}

TEST_F(FileSource, IsPacedByTheTimesInTheFile) {
  const std::int64_t t0 = 1'732'060'800'000'000;
  write(trade("1", at(t0)) + trade("2", at(t0 + 400'000)) + trade("3") + trade("4", at(t0 - 5)) +
        trade("5", at(t0 + 1'200'000)));
  market m;
  m.open(0, "A");
  file_source source("ndjson:x", settings(4), io_, m.to);
  const auto from = steady_clock::now();
  const auto passed = [&] { return steady_clock::now() - from; };
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.counts().ticks.value() >= 1; }));
  ASSERT_TRUE(run_until(io_, [&] { return source.counts().ticks.value() >= 4; }));
  EXPECT_GE(passed(), std::chrono::milliseconds{100});
  EXPECT_EQ(source.counts().ticks.value(), 4u) << "the last is not due yet";
  EXPECT_EQ(m.hear_text(), "1 2 3 4");
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  EXPECT_GE(passed(), std::chrono::milliseconds{300});
  const auto got = m.hear();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].tick.venue_ns, (t0 + 1'200'000) * 1000);
}

TEST_F(FileSource, PlaysAsOftenAsItWasTold) {
  write(trade("1", at(1'000'000)) + trade("2", at(1'000'100)));
  market m;
  m.open(0, "A");
  file_source source("ndjson:x", settings(1, 3), io_, m.to);
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  EXPECT_EQ(m.hear_text(), "1 2 1 2 1 2");
}

TEST_F(FileSource, GoesOnInTimeWhenItPlaysAgain) {
  const std::int64_t t0 = 1'732'060'800'000'000;
  write(trade("1", at(t0)) + trade("2", at(t0 + 30'000'000)) + trade("3") + trade("4", at(t0 + 20'000'000)));
  market m;
  m.open(0, "A");
  file_source source("ndjson:x", settings(0, 3), io_, m.to);
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  std::vector<std::int64_t> times;
  for (const heard& h : m.hear())
    if (h.tick.trade.price != 3) times.push_back(h.tick.venue_ns / 1000 - t0);
  constexpr std::int64_t pass = 30'000'001;
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 30'000'000, 20'000'000, pass, pass + 30'000'000, pass + 20'000'000, 2 * pass,
                                              2 * pass + 30'000'000, 2 * pass + 20'000'000}));
}

TEST_F(FileSource, PlaysForever) {
  write(trade("1"));
  market m;
  file_source source("ndjson:x", settings(0, 0), io_, m.to);
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.counts().ticks.value() >= 1000; }));
  EXPECT_TRUE(source.live());
  source.stop();
}

TEST_F(FileSource, EndsALoopOverAFileWithoutEvents) {
  write("\n\ngarbage\n");
  market m;
  file_source source("ndjson:x", settings(0, 0), io_, m.to);
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  EXPECT_EQ(source.counts().bad_input.value(), 1u);
}

TEST_F(FileSource, WaitsForTheShardsRatherThanLosingATick) {
  std::string text;
  for (int i = 1; i <= 20'000; ++i) text += trade(std::to_string(i));
  write(text);
  market m(1, 4096);
  m.open(0, "A");
  file_source source("ndjson:x", settings(0), io_, m.to);
  source.start();
  std::vector<heard> all;
  ASSERT_TRUE(run_until(io_, [&] {
    if (m.lanes[0]->depth() > 2048 || source.ended())
      for (heard& h : m.hear()) all.push_back(std::move(h));
    return source.ended();
  }));
  ASSERT_EQ(all.size(), 20'000u);
  EXPECT_EQ(all.back().tick.n, 20'000u);
  EXPECT_EQ(m.lanes[0]->dropped_total(), 0u);
}

TEST_F(FileSource, SaysWhyItCannotStart) {
  market m;
  const auto complaint = [&](const std::string& path) -> std::string {
    file_source source("ndjson:x", {path, 1, 1}, io_, m.to);
    try {
      source.start();
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "none";
  };
  EXPECT_EQ(complaint(path_), "feed 'ndjson:x': cannot open " + path_ + ": No such file or directory");
  EXPECT_EQ(complaint("/"), "feed 'ndjson:x': / is a directory, not a file");
}

}  // namespace
}  // namespace tickcast::feed
