#include "feed/tcp_source.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using boost::asio::ip::tcp;

std::string trade(const std::string& symbol, int price) {
  return R"({"e":"trade","s":")" + symbol + R"(","p":)" + std::to_string(price) + ",\"q\":1}\n";
}

class TcpSource : public testing::Test {
 protected:
  void SetUp() override { source_.start(); }
  void TearDown() override { source_.stop(); }

  std::unique_ptr<tcp::socket> connect() {
    const std::uint64_t before = source_.counts().publishers.value();
    auto made = std::make_unique<tcp::socket>(peers_);
    made->connect({boost::asio::ip::make_address("127.0.0.1"), source_.port()});
    EXPECT_TRUE(run_until(io_, [&] { return source_.counts().publishers.value() == before + 1; }));
    return made;
  }
  static void say(tcp::socket& to, const std::string& text) { boost::asio::write(to, boost::asio::buffer(text)); }
  bool until_ticks(std::uint64_t ticks) {
    return run_until(io_, [&] { return source_.counts().ticks.value() == ticks; });
  }
  bool until_publishers(std::uint64_t publishers) {
    return run_until(io_, [&] { return source_.counts().publishers.value() == publishers; });
  }

  market m_;
  boost::asio::io_context io_, peers_;
  tcp_source source_{"ndjson+tcp://127.0.0.1:0", {"127.0.0.1", 0}, io_, m_.to};
};

TEST_F(TcpSource, IsLiveWhileAPublisherIsConnected) {
  EXPECT_NE(source_.port(), 0);
  EXPECT_FALSE(source_.live());
  auto a = connect();
  EXPECT_TRUE(source_.live());
  a.reset();
  ASSERT_TRUE(until_publishers(0));
  EXPECT_FALSE(source_.live());
  EXPECT_FALSE(source_.ended());
  a = connect();
  EXPECT_TRUE(source_.live());
}

TEST_F(TcpSource, TakesLinesThatComeInPiecesAndTheLastOneWithoutItsEnd) {
  m_.open(0, "A");
  auto a = connect();
  const std::string line = trade("A", 1);
  for (char c : line) {
    say(*a, std::string(1, c));
    io_.restart();
    io_.poll();
  }
  ASSERT_TRUE(until_ticks(1));
  std::string last = trade("A", 2);
  last.pop_back();
  say(*a, last);
  a.reset();
  ASSERT_TRUE(until_publishers(0));
  EXPECT_EQ(m_.hear_text(), "1 2");
}

TEST_F(TcpSource, KeepsPublishersApart) {
  m_.open(0, "GOOD");
  auto good = connect(), bad = connect();
  say(*good, trade("GOOD", 1).substr(0, 12));
  say(*bad, "{{{{ garbage\n\x01\x02\n" + std::string(200'000, 'x'));
  ASSERT_TRUE(run_until(io_, [&] { return source_.counts().bad_input.value() == 3; }));
  say(*good, trade("GOOD", 1).substr(12) + trade("GOOD", 2));
  ASSERT_TRUE(until_ticks(2));
  bad->set_option(tcp::socket::linger(true, 0));  // a reset, in the middle of a line
  bad.reset();
  ASSERT_TRUE(until_publishers(1));
  say(*good, trade("GOOD", 3));
  ASSERT_TRUE(until_ticks(3));
  EXPECT_EQ(m_.hear_text(), "1 2 3");
  EXPECT_EQ(source_.counts().bad_input.value(), 3u);
}

TEST_F(TcpSource, NumbersWhatAllPublishersSendInOneSequence) {
  m_.open(0, "A");
  auto a = connect(), b = connect(), c = connect();
  for (int i = 0; i < 10; ++i)
    for (auto* who : {&a, &b, &c}) say(**who, trade("A", i));
  ASSERT_TRUE(until_ticks(30));
  wire::sequence n = 0;
  for (const heard& h : m_.hear()) EXPECT_EQ(h.tick.n, ++n);
  EXPECT_EQ(n, 30u);
}

TEST_F(TcpSource, LetsAQuietPublisherSpeakWhileAnotherPoursLinesIn) {
  auto loud = connect(), quiet = connect();
  m_.open(0, "QUIET");
  std::string flood;
  while (flood.size() < 1 << 20) flood += trade("LOUD", 1);
  loud->non_blocking(true);
  boost::system::error_code full;
  std::size_t offset = 0;
  const auto pour = [&] {
    full.clear();
    while (!full) {
      offset %= flood.size();
      offset += loud->write_some(boost::asio::buffer(flood.data() + offset, flood.size() - offset), full);
    }
  };
  pour();
  say(*quiet, trade("QUIET", 7));
  std::uint64_t turns = 0;
  ASSERT_TRUE(run_until(io_, [&] {
    pour();
    ++turns;
    return m_.lanes[0]->depth() == 1;
  }));
  EXPECT_LT(turns, 20u) << "one chunk of the loud one at a time";
}

TEST_F(TcpSource, TurnsAwayWhatIsBeyondItsLimit) {
  std::vector<std::unique_ptr<tcp::socket>> all;
  for (std::size_t i = 0; i < publishers_max; ++i) all.push_back(connect());
  tcp::socket one_more(peers_);
  one_more.connect({boost::asio::ip::make_address("127.0.0.1"), source_.port()});
  one_more.non_blocking(true);
  char byte = 0;
  boost::system::error_code error;
  ASSERT_TRUE(run_until(io_, [&] {
    one_more.read_some(boost::asio::buffer(&byte, 1), error);
    return error == boost::asio::error::eof;
  }));
  EXPECT_EQ(source_.counts().publishers.value(), publishers_max);
  all.pop_back();
  ASSERT_TRUE(until_publishers(publishers_max - 1));
  all.push_back(connect());
  say(*all.back(), trade("A", 1));
  EXPECT_TRUE(until_ticks(1));
}

TEST_F(TcpSource, HoldsItsReadingWhileAShardIsBehind) {
  market crowded(1, 2000);
  crowded.open(0, "A");
  tcp_source source("ndjson+tcp://x", {"127.0.0.1", 0}, io_, crowded.to);
  source.start();
  tcp::socket peer(peers_);
  peer.connect({boost::asio::ip::make_address("127.0.0.1"), source.port()});
  std::string text;
  for (int i = 0; i < 1500; ++i) text += trade("A", i);
  say(peer, text);
  std::size_t got = 0;
  ASSERT_TRUE(run_until(io_, [&] {
    if (crowded.lanes[0]->depth() > 1000 || source.counts().ticks.value() == 1500) got += crowded.hear().size();
    return got == 1500;
  }));
  EXPECT_EQ(crowded.lanes[0]->dropped_total(), 0u);
  source.stop();
}

TEST_F(TcpSource, SaysThatThePortIsBusy) {
  const std::string port = std::to_string(source_.port());
  tcp_source second("ndjson+tcp://127.0.0.1:" + port, {"127.0.0.1", source_.port()}, io_, m_.to);
  try {
    second.start();
    FAIL() << "started";
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(e.what(), "feed 'ndjson+tcp://127.0.0.1:" + port + "': cannot listen on 127.0.0.1:" + port +
                            ": Address already in use");
  }
}

}  // namespace
}  // namespace tickcast::feed
