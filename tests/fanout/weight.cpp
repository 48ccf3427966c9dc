// What sessions and their subscriptions hold, in bytes of the heap with what the C library adds to each piece.
#include "fanout/session.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "guest.hpp"
#include "heap.hpp"

namespace tickcast::fanout {
namespace {

constexpr int crowd = 1000, symbol_count = 200;

std::string first_symbols(int from, int to) {
  std::string all;
  for (int i = from; i < to; ++i) all += (i > from ? ",\"S" : "\"S") + std::to_string(i) + '"';
  return all;
}

// Sessions that are at rest: what they asked for has come, and a heartbeat was sent.
struct crowded {
  explicit crowded(std::string_view rest) : options(rest) {
    home.bounds.commands_per_s = home.bounds.burst = 1e9;
    for (int i = 0; i < symbol_count; ++i) home.source.name("S" + std::to_string(i));
  }
  void join(int count) {
    while (count-- > 0) {
      ways.push_back(std::make_unique<fake_transport>(home.all.clock));
      talks.push_back(std::make_unique<session>(home.all, *ways.back()));
      talks.back()->opened();
    }
    settle();
  }
  void subscribe(std::string_view channel, int from, int to) {
    const std::string command = "{\"op\":\"subscribe\",\"channel\":\"" + std::string{channel} + "\"" + options + ",\"symbols\":[" + first_symbols(from, to) + "]}";
    for (auto& talk : talks) {
      talk->message(command, false);
      home.settle();
    }
    settle();
  }
  void settle() {
    home.settle();
    for (auto& way : ways) way->frames = {};
  }

  jar home;
  const std::string options;
  std::vector<std::unique_ptr<fake_transport>> ways;
  std::vector<std::unique_ptr<session>> talks;
};

// Of a thousand sessions at rest, each.
double bytes_each(crowded& c, auto change) {
  const std::int64_t before = heap_bytes();
  change();
  c.settle();
  return static_cast<double>(heap_bytes() - before) / crowd;
}

class Weight : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!whole_heap) GTEST_SKIP() << "a sanitizer's pieces are larger";
  }
};

TEST_P(Weight, OfAnIdleSessionIsAtMostAKilobyte) {
  crowded c{GetParam()};
  c.ways.reserve(crowd), c.talks.reserve(crowd);
  const double all = bytes_each(c, [&] { c.join(crowd); });
  const double own = all - (sizeof(fake_transport) + 8);
  RecordProperty("bytes", static_cast<int>(own));
  EXPECT_LE(own, 1024);
  EXPECT_GT(own, sizeof(session));
}

TEST_P(Weight, OfAFurtherSubscriptionIsAtMost200Bytes) {
  crowded c{GetParam()};
  c.join(crowd);
  c.subscribe("trades", 0, 1);
  const double few = bytes_each(c, [&] { c.subscribe("trades", 1, 11); }) / 10;
  const double many = bytes_each(c, [&] { c.subscribe("trades", 11, symbol_count); }) / (symbol_count - 11);
  const double quotes = bytes_each(c, [&] { c.subscribe("quotes", 0, symbol_count); }) / symbol_count;
  RecordProperty("bytes", static_cast<int>(many));
  EXPECT_LE(few, 200);
  EXPECT_LE(many, 200);
  EXPECT_LE(quotes, 200);
  EXPECT_GT(many, sizeof(subscription));
}

TEST_P(Weight, IsGivenBackByWhoLeaves) {
  crowded c{GetParam()};
  c.join(1), c.subscribe("trades", 0, symbol_count);
  c.ways.reserve(crowd + 1), c.talks.reserve(crowd + 1);
  const auto come_and_go = [&] {
    c.join(crowd);
    c.subscribe("trades", 0, symbol_count);
    c.talks.resize(1), c.ways.resize(1);
  };
  come_and_go();  // topics keep the room for so many seats
  EXPECT_LE(bytes_each(c, come_and_go), 8);
}

// A session that was busy gives back what its list of what is due has grown to.
TEST_P(Weight, OfABusySpellIsGivenBackAtRest) {
  if (std::string_view{GetParam()}.size()) GTEST_SKIP() << "merged, so never many at once";
  crowded c{GetParam()};
  c.home.bounds.ping = c.home.bounds.idle = c.home.bounds.pong = 1h;
  c.join(crowd), c.subscribe("trades", 0, 1);
  const double grown = bytes_each(c, [&] {
    for (int i = 0; i < 2000; ++i) c.home.source.trade(wire::symbol_id{0}, {1, 0}, {1, 0});
    c.home.turn();
  });
  EXPECT_GT(grown, 4000);
  const double left = grown + bytes_each(c, [&] {
    c.home.pass_ms(6000);
    for (const auto& talk : c.talks) talk->tend(c.home.now());
    c.home.turn();
  });
  EXPECT_LT(left, 1000) << "what the shard itself keeps, shared by all";
}

INSTANTIATE_TEST_SUITE_P(Every, Weight, ::testing::Values(""));
INSTANTIATE_TEST_SUITE_P(Latest, Weight, ::testing::Values(R"(,"mode":"latest","interval_ms":500)"));

}  // namespace
}  // namespace tickcast::fanout
