#include "wire/inbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "sleeper.hpp"

namespace tickcast::wire {
namespace {

std::unique_ptr<request> numbered(std::uint32_t shard, ticket number) {
  auto r = std::make_unique<request>();
  r->shard = shard;
  r->number = number;
  return r;
}

TEST(Inbox, GivesRequestsInOrderAndThenNothing) {
  inbox in;
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(in.next(), nullptr);
  in.ask(numbered(0, 1));
  in.ask(numbered(0, 2));
  EXPECT_FALSE(in.empty());
  EXPECT_EQ(in.next()->number, 1u);
  EXPECT_EQ(in.next()->number, 2u);
  EXPECT_EQ(in.next(), nullptr);
  EXPECT_TRUE(in.empty());
}

TEST(Inbox, WakesItsSleepingReader) {
  inbox in;
  in.ask(numbered(0, 1));
  EXPECT_FALSE(is_rung(in.bell()));
  in.bell().doze();
  in.ask(numbered(0, 2));
  EXPECT_TRUE(is_rung(in.bell()));
}

TEST(Inbox, KeepsTheOrderOfEachShardWhileAllAsk) {
  constexpr std::uint32_t shards = 3;
  constexpr ticket each = 20'000;
  inbox in;
  std::vector<std::thread> threads;
  for (std::uint32_t s = 0; s < shards; ++s)
    threads.emplace_back([&in, s] {
      for (ticket n = 1; n <= each; ++n) in.ask(numbered(s, n));
    });
  std::array<ticket, shards> last{};
  for (ticket got = 0; got < shards * each;) {
    std::unique_ptr<request> r;
    if (!sleep_until(in.bell(), [&] { return r || (r = in.next()); })) {
      ADD_FAILURE() << "not woken after " << got;
      break;
    }
    ++got;
    if (r->number != ++last[r->shard]) {
      ADD_FAILURE() << "shard " << r->shard << " asked " << last[r->shard] << " and " << r->number << " came";
      break;
    }
  }
  for (auto& t : threads) t.join();
}

TEST(Inbox, FreesWhatNobodyRead) {
  // The requests carry their names with them; a leak sanitizer sees to it that none stays behind.
  inbox in;
  for (ticket n = 1; n <= 100; ++n) {
    auto r = numbered(0, n);
    r->streams.resize(10);
    for (wanted& w : r->streams) w.name = "A-NAME-THAT-NEEDS-THE-HEAP";
    in.ask(std::move(r));
  }
  EXPECT_EQ(in.next()->streams.size(), 10u);
}

}  // namespace
}  // namespace tickcast::wire
