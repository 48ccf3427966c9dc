#include "fanout/gate.hpp"

#include <gtest/gtest.h>

#include "wired.hpp"

namespace tickcast::fanout {
namespace {

class Gate : public testing::Test, protected gatekeeper {
 protected:
  std::shared_ptr<void> hold() override { return std::make_shared<int>(0); }
  void drained() override { ++drained_; }
  void lost() override { ++lost_; }

  void SetUp() override {
    w.shake_hands();
    g.emplace(w.server(), static_cast<gatekeeper&>(*this), w.context.get_executor());
  }
  void TearDown() override {
    g->abandon();
    boost::system::error_code ignored;
    w.server().socket().close(ignored);
    w.context.restart();
    w.context.poll();
  }
  // A write of Beast's; what became of it is in `written` and `error`.
  void write(std::string bytes) {
    text = std::move(bytes);
    g->async_write_some(boost::asio::const_buffer{text.data(), text.size()},
                       [this](boost::system::error_code e, std::size_t n) { ++completed, error = e, written = n; });
  }
  std::string block() {
    std::string all;
    while (!w.server().blocked()) {
      const std::string unit = pattern(15'000);
      EXPECT_TRUE(g->write_data(unit));
      all += unit;
    }
    return all;
  }

  wired w{true, 8 * 1024};
  std::optional<gate> g;  // once there is a link
  int drained_ = 0, lost_ = 0, completed = 0;
  boost::system::error_code error;
  std::size_t written = 0;
  std::string text;
};

const std::string ping{"\x89\x00", 2}, close_frame{"\x88\x02\x03\xe8", 4};

TEST_F(Gate, CompletesAWriteOnlyAfterTheCallThatBeganIt) {
  write(ping);
  EXPECT_EQ(completed, 0);
  w.until([&] { return completed == 1; });
  EXPECT_FALSE(error);
  EXPECT_EQ(written, 2u);
  w.until([&] { return w.hear(), w.got == ping; });
}

TEST_F(Gate, PutsControlWholeBehindDataThatIsHeldAndCompletesWhenAllIsOut) {
  const std::string data = block();
  write(ping);
  EXPECT_EQ(completed, 0);
  w.until([&] { return w.hear(), completed == 1; });
  EXPECT_FALSE(error);
  EXPECT_EQ(drained_, 1);
  w.until([&] { return w.hear(), w.got.size() >= data.size() + 2; });
  EXPECT_TRUE(w.got == data + ping);
}

TEST_F(Gate, TellsItsOwnerWhenItTakesDataAgain) {
  block();
  w.until([&] { return w.hear(), drained_ == 1; });
  EXPECT_FALSE(w.server().blocked());
}

TEST_F(Gate, TakesNoDataAfterACloseFrame) {
  g->frames_begin();
  EXPECT_TRUE(g->write_data("data"));
  write(close_frame);
  EXPECT_TRUE(g->sealed());
  EXPECT_FALSE(g->write_data("more data"));
  w.until([&] { return w.hear(), completed == 1 && w.got.size() >= 8; });
  EXPECT_EQ(w.got, "data" + close_frame);
}

TEST_F(Gate, IsNotSealedByWhatComesBeforeTheFrames) {
  write(close_frame);  // bytes of an HTTP answer, for all it knows
  w.until([&] { return completed == 1; });
  EXPECT_FALSE(g->sealed());
}

TEST_F(Gate, ReadsWhatIsThereAndWhatComesLater) {
  char some[3];
  std::string all;
  int reads = 0;
  const auto read = [&] {
    const int before = reads;
    g->async_read_some(boost::asio::mutable_buffer{some, sizeof some}, [&](boost::system::error_code e, std::size_t n) {
      ++reads;
      error = e;
      all.append(some, n);
    });
    EXPECT_EQ(reads, before);
  };
  w.say("abcdefg");  // more than a read takes: the rest waits inside the TLS layer, not in the socket
  for (int i = 1; i <= 3; ++i) {
    read();
    w.until([&] { return reads == i; });
  }
  EXPECT_EQ(all, "abcdefg");
  read();
  w.say("later");
  w.until([&] { return reads == 4; });
  EXPECT_EQ(all, "abcdefglat");
  read();
  w.until([&] { return reads == 5; });
  w.hear();  // or what it has not read would make its end a reset
  w.hang_up();
  read();
  w.until([&] { return reads == 6; });
  EXPECT_EQ(error, boost::asio::error::eof);
}

TEST_F(Gate, TellsItsOwnerOfALossFromNoCallOfItsOwn) {
  w.reset();
  w.until([&] {
    const bool alive = g->write_data("x");
    EXPECT_EQ(lost_, 0);
    return !alive;
  });
  w.until([&] { return lost_ == 1; });
}

TEST_F(Gate, EndsAHeldWriteWhenItIsAbandoned) {
  block();
  write(ping);
  g->abandon();
  EXPECT_EQ(completed, 0);
  w.until([&] { return completed == 1; });
  EXPECT_EQ(error, boost::asio::error::operation_aborted);
  EXPECT_EQ(written, 0u);
}

}  // namespace
}  // namespace tickcast::fanout
