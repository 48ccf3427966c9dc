#include "fanout/admin.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <sys/socket.h>

#include "fanout/server.hpp"

namespace tickcast::fanout {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct one_counter : prometheus::Collectable {
  std::vector<prometheus::MetricFamily> Collect() const override {
    prometheus::ClientMetric metric;
    metric.counter.value = 42;
    return {{"tickcast_things_total", "Things.", prometheus::MetricType::Counter, {metric}}};
  }
};

// A client with plain blocking calls; no call takes longer than five seconds.
class peer {
 public:
  explicit peer(const tcp::endpoint& to) : socket_(io_) {
    socket_.connect(to);
    const timeval patience{5, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view text) { asio::write(socket_, asio::buffer(text)); }

  http::response<http::string_body> answer(bool head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    http::read(socket_, buffer_, parser);
    return parser.release();
  }
  http::response<http::string_body> ask(const std::string& method, const std::string& path) {
    send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return answer(method == "HEAD");
  }
  bool ended() {
    char byte = 0;
    error_code ec;
    socket_.read_some(asio::buffer(&byte, 1), ec);
    return ec == asio::error::eof || ec == asio::error::connection_reset;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

class Admin : public testing::Test {
 protected:
  Admin() : admin_({asio::ip::address_v4::loopback(), 0}, {std::make_shared<one_counter>()}, [this] { return now_; }) {
    admin_.start();
  }

  readiness now_;  // changed only while no request is on its way
  admin admin_;
};

TEST_F(Admin, ExposesWhatCollectablesSay) {
  peer scraper{admin_.listening()};
  const auto answer = scraper.ask("GET", "/metrics");
  EXPECT_EQ(answer.result_int(), 200U);
  EXPECT_EQ(answer["Content-Type"], "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body(), "# HELP tickcast_things_total Things.\n# TYPE tickcast_things_total counter\ntickcast_things_total 42\n");
}

TEST_F(Admin, SaysWhyItIsNotReady) {
  peer probe{admin_.listening()};
  now_.reasons = {"starting", "no feed"};
  const auto starting = probe.ask("GET", "/readyz");
  EXPECT_EQ(starting.result_int(), 503U);
  EXPECT_EQ(starting.body(), "{\"ready\":false,\"reasons\":[\"starting\",\"no feed\"],\"feeds\":[]}\n");
  now_.reasons.clear();
  now_.feeds = {{"sim:", true, false, 0.25}, {"ndjson:\"a\"", false, false, 7.5}};
  const auto serving = probe.ask("GET", "/readyz");
  EXPECT_EQ(serving.result_int(), 200U);
  EXPECT_EQ(serving.body(),
            R"({"ready":true,"reasons":[],"feeds":[{"feed":"sim:","live":true,"stale":false,"silent_s":0.25},)"
            R"({"feed":"ndjson:\"a\"","live":false,"stale":false,"silent_s":7.5}]})"
            "\n");
}

TEST_F(Admin, LivesWhetherReadyOrNot) {
  now_.reasons = {"draining"};
  peer probe{admin_.listening()};
  EXPECT_EQ(probe.ask("GET", "/healthz").result_int(), 200U);
}

TEST_F(Admin, AnswersManyRequestsOnOneConnection) {
  peer scraper{admin_.listening()};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(scraper.ask("GET", "/healthz?probe=1").result_int(), 200U);
  scraper.send("GET /healthz HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n");
  EXPECT_EQ(scraper.answer().result_int(), 200U);
  EXPECT_EQ(scraper.answer().result_int(), 404U);
}

TEST_F(Admin, AnswersHeadWithoutABody) {
  peer probe{admin_.listening()};
  const auto head = probe.ask("HEAD", "/metrics");
  EXPECT_EQ(head.result_int(), 200U);
  EXPECT_EQ(head["Content-Length"], std::to_string(probe.ask("GET", "/metrics").body().size()));
}

TEST_F(Admin, RefusesOtherPathsAndMethods) {
  peer stranger{admin_.listening()};
  const auto lost = stranger.ask("GET", "/");
  EXPECT_EQ(lost.result_int(), 404U);
  EXPECT_EQ(lost["Content-Type"], "application/json");
  EXPECT_EQ(lost.body(), "{\"error\":{\"code\":\"not_found\",\"message\":\"there are /metrics, /healthz and /readyz\"}}\n");
  const auto post = stranger.ask("POST", "/metrics");
  EXPECT_EQ(post.result_int(), 405U);
  EXPECT_EQ(post["Allow"], "GET, HEAD");
  EXPECT_EQ(post.body(), "{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"/metrics is only read: use GET\"}}\n");
}

TEST_F(Admin, ClosesAfterTheLastRequest) {
  peer old{admin_.listening()};
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.answer().result_int(), 200U);
  EXPECT_TRUE(old.ended());
}

TEST_F(Admin, RefusesWhatIsNoHttp) {
  peer stranger{admin_.listening()};
  stranger.send("hello there\r\n\r\n");
  EXPECT_EQ(stranger.answer().result_int(), 400U);
  EXPECT_TRUE(stranger.ended());
  peer talker{admin_.listening()};
  talker.send("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_EQ(talker.answer().result_int(), 431U);
  EXPECT_TRUE(talker.ended());
}

TEST_F(Admin, TakesABoundedNumberOfConnections) {
  std::vector<std::unique_ptr<peer>> peers;
  for (int i = 0; i < admin::connections_max; ++i) {
    peers.push_back(std::make_unique<peer>(admin_.listening()));
    EXPECT_EQ(peers.back()->ask("GET", "/healthz").result_int(), 200U);
  }
  peer extra{admin_.listening()};
  EXPECT_TRUE(extra.ended());
  EXPECT_EQ(peers.front()->ask("GET", "/healthz").result_int(), 200U);
}

TEST_F(Admin, DoesNotShareItsPort) {
  try {
    admin second{admin_.listening(), {}, [] { return readiness{}; }};
    FAIL() << "two on one port";
  } catch (const start_error& error) {
    const std::string sentence = error.what();
    EXPECT_NE(sentence.find(std::to_string(admin_.listening().port())), sentence.npos) << sentence;
    EXPECT_NE(sentence.find("Address already in use"), sentence.npos) << sentence;
  }
}

TEST_F(Admin, StopsWithRequestsHalfMade) {
  peer half{admin_.listening()};
  half.send("GET /metr");
  admin_.stop();
  admin_.stop();
}

}  // namespace
}  // namespace tickcast::fanout
