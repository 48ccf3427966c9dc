#include "feed/ingest.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "market.hpp"

namespace tickcast::feed {
namespace {

// As a shard waits: for its lane's bell, up to the deadline.
template <class Done>
bool wait_for(wire::lane& lane, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    lane.bell().doze();
    if (lane.empty()) {
      pollfd bell{lane.bell().fd(), POLLIN, 0};
      if (::poll(&bell, 1, 20) == 1) {
        std::uint64_t rung = 0;
        EXPECT_EQ(::read(bell.fd, &rung, sizeof rung), static_cast<ssize_t>(sizeof rung));
      }
    }
    lane.bell().rise();
  }
  return true;
}

struct program {
  explicit program(const std::vector<std::string>& feeds, std::chrono::nanoseconds window = {})
      : in(read(feeds), table, inbox, {&lane}, history_bytes_default, nullptr, {}, window) {}
  static std::vector<uri> read(const std::vector<std::string>& feeds) {
    std::vector<uri> all;
    for (const auto& text : feeds) all.push_back(parse_uri(text));
    return all;
  }
  wire::symbol_table table{1000};
  wire::inbox inbox;
  wire::lane lane{65536};
  ingest in;
};

// How often the ingest thread of this process has gone to sleep.
std::uint64_t sleeps() {
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::string word;
    if (!(std::ifstream(task.path() / "comm") >> word) || word != "ingest") continue;
    for (std::ifstream status(task.path() / "status"); status >> word;)
      if (std::uint64_t times = 0; word == "voluntary_ctxt_switches:" && status >> times) return times;
  }
  return 0;
}

TEST(Ingest, AnswersAShardAndGivesItTheTicks) {
  program p({"sim:rate=5000"});
  EXPECT_FALSE(p.in.live());
  p.in.start();
  EXPECT_TRUE(p.in.live());
  p.inbox.ask(request_of(wire::request_kind::open, 0, wire::channel::quotes, {by_name("AAPL")}, 9));
  wire::sequence expected = 0;
  int ticks = 0;
  EXPECT_TRUE(wait_for(p.lane, [&] {
    std::vector<wire::record> got(64);
    for (std::size_t i = 0, count = p.lane.take(got); i < count; ++i) {
      if (got[i].kind() == wire::record_kind::answer) {
        const std::unique_ptr<wire::answer> reply(got[i].reply.block);
        EXPECT_EQ(reply->number, 9u);
        expected = reply->streams.at(0).last + 1;
      } else {
        EXPECT_EQ(got[i].tick.n, expected++);
        ++ticks;
      }
    }
    return ticks >= 100;
  }));
  p.in.stop();
  EXPECT_FALSE(p.in.live());
  EXPECT_GE(p.in.sources().at(0)->counts().ticks.value(), 100u);
}

TEST(Ingest, AnswersWhileNoSourceHasAnything) {
  program p({"ndjson+tcp://127.0.0.1:0"});
  p.in.start();
  EXPECT_FALSE(p.in.live());
  for (wire::ticket number = 1; number <= 100; ++number) {
    p.inbox.ask(request_of(wire::request_kind::open, 0, wire::channel::trades, {by_name("A")}, number));
    ASSERT_TRUE(wait_for(p.lane, [&] {
      wire::record got;
      if (p.lane.take({&got, 1}) == 0) return false;
      EXPECT_EQ(got.kind(), wire::record_kind::answer);
      const std::unique_ptr<wire::answer> reply(got.reply.block);
      EXPECT_EQ(reply->number, number);
      return true;
    })) << number;
  }
}

TEST(Ingest, SleepsWhileTicksGatherAndAnswersAtOnceAllTheSame) {
  program p({"sim:rate=5000"}, std::chrono::seconds{1});
  p.in.start();
  const auto& ticks = p.in.sources().at(0)->counts().ticks;
  std::vector<std::chrono::nanoseconds> waited;
  const auto ask = [&] {
    const auto asked = std::chrono::steady_clock::now();
    p.inbox.ask(request_of(wire::request_kind::open, 0, wire::channel::trades, {by_name("A")}, 1));
    EXPECT_TRUE(wait_for(p.lane, [&] {
      wire::record got;
      if (p.lane.take({&got, 1}) == 0) return false;
      if (got.kind() != wire::record_kind::answer) return false;
      delete got.reply.block;
      return true;
    }));
    waited.push_back(std::chrono::steady_clock::now() - asked);
  };
  // Each is a wake-up too, so they are few.
  ask();
  const std::uint64_t before = sleeps(), first = ticks.value();
  while (ticks.value() < first + 5000) {
    ask();
    std::this_thread::sleep_for(std::chrono::milliseconds{13});
  }
  EXPECT_LT((sleeps() - before) * 10, ticks.value() - first);  // of those that are not left lying two or three are read at once
  std::nth_element(waited.begin(), waited.begin() + static_cast<std::ptrdiff_t>(waited.size() / 2), waited.end());
  EXPECT_LT(waited[waited.size() / 2], std::chrono::milliseconds{2});  // and not after the 5 that ticks gather
}

TEST(Ingest, ListsItsSourcesByTheirUris) {
  program p({"sim:rate=1", "ndjson+tcp://[::1]:0", "ndjson:/no/such/file?speed=max"});
  ASSERT_EQ(p.in.sources().size(), 3u);
  EXPECT_EQ(p.in.sources()[0]->name(), "sim:rate=1");
  EXPECT_EQ(p.in.sources()[1]->name(), "ndjson+tcp://[::1]:0");
  EXPECT_EQ(p.in.sources()[2]->name(), "ndjson:/no/such/file?speed=max");
}

TEST(Ingest, DoesNotStartWithASourceThatCannotBeOpened) {
  program p({"sim:", "ndjson:/no/such/file"});
  try {
    p.in.start();
    FAIL() << "started";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "feed 'ndjson:/no/such/file': cannot open /no/such/file: No such file or directory");
  }
}

TEST(Ingest, IsNoLongerLiveWhenEveryFeedHasEnded) {
  const std::string path = testing::TempDir() + "tickcast-ingest-" + std::to_string(::getpid()) + ".ndjson";
  std::ofstream(path) << R"({"e":"trade","s":"A","p":1,"q":1})" << '\n';
  program p({"ndjson:" + path});
  p.in.start();
  EXPECT_TRUE(wait_for(p.lane, [&] { return p.in.sources()[0]->ended(); }));
  EXPECT_FALSE(p.in.live());
  EXPECT_EQ(p.in.sources()[0]->counts().ticks.value(), 1u);
  p.in.stop();
  p.in.stop();
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tickcast::feed
