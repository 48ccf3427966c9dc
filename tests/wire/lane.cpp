#include "wire/lane.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "sleeper.hpp"
#include "ticks.hpp"
#include "wire/answer.hpp"

namespace tickcast::wire {
namespace {

record numbered(sequence n) {
  tick t{};
  t.kind = record_kind::trade;
  t.n = n;
  t.trade.price = static_cast<std::int64_t>(n * 3);
  return record{t};
}

std::vector<record> run_of(sequence from, std::size_t count) {
  std::vector<record> records;
  for (std::size_t i = 0; i < count; ++i) records.push_back(numbered(from + i));
  return records;
}

// Takes once, and checks that the numbers go on behind `last`. How many came.
std::size_t take_on(lane& l, std::span<record> into, sequence& last) {
  const std::size_t got = l.take(into);
  for (const record& r : into.first(got)) {
    if (r.tick.n != last + 1 || r.tick.trade.price != static_cast<std::int64_t>(r.tick.n * 3)) {
      ADD_FAILURE() << r.tick.n << " after " << last;
      return 0;
    }
    ++last;
  }
  return got;
}

// Live bytes on the heap; the sanitizers show nothing here, and find a leak themselves.
std::size_t heap_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

answer* large_answer(ticket number) {
  auto a = std::make_unique<answer>();
  a->number = number;
  a->streams.resize(1);
  a->streams[0].ticks = {std::make_shared<sheet>(16 * 1024), 0, 1};  // 1 MiB
  return a.release();
}

TEST(Lane, GivesBackInOrderWhatWasPutInBulk) {
  lane l{1000};
  l.put(run_of(1, 3));
  l.put(run_of(4, 1));
  l.put({});
  l.put(run_of(5, 600));
  EXPECT_EQ(l.depth(), 604u);
  std::array<record, 100> into;
  sequence last = 0;
  while (take_on(l, into, last)) {
  }
  EXPECT_EQ(last, 604u);
  EXPECT_TRUE(l.empty());
}

TEST(Lane, KnowsItsDepthAndItsRoom) {
  lane l{100};
  EXPECT_EQ(l.capacity(), 100u);
  EXPECT_EQ(l.room(), 100u);
  EXPECT_TRUE(l.empty());
  l.put(run_of(1, 60));
  EXPECT_EQ(l.depth(), 60u);
  EXPECT_EQ(l.room(), 40u);
  l.put(run_of(61, 40));
  EXPECT_EQ(l.room(), 0u);
  std::array<record, 10> into;
  EXPECT_EQ(l.take(into), 10u);
  EXPECT_EQ(l.depth(), 90u);
  EXPECT_EQ(l.room(), 10u);
  EXPECT_FALSE(l.empty());
}

TEST(Lane, TakesAnAnswerEvenWhenItIsFull) {
  lane l{4};
  l.put(run_of(1, 4));
  const std::array answers{record{new answer}};
  l.put(answers);
  EXPECT_EQ(l.depth(), 5u);
  EXPECT_EQ(l.room(), 0u) << "not negative";
  std::array<record, 8> into;
  ASSERT_EQ(l.take(into), 5u);
  ASSERT_EQ(into[4].kind(), record_kind::answer) << "at its place behind the ticks";
  delete into[4].reply.block;
}

TEST(Lane, CountsWhatItsProducerDropped) {
  lane l{4};
  EXPECT_EQ(l.dropped_total(), 0u);
  l.dropped(3);
  l.dropped(4);
  EXPECT_EQ(l.dropped_total(), 7u);
  EXPECT_EQ(l.depth(), 0u);
}

TEST(Lane, FreesTheAnswersNobodyTook) {
  constexpr std::size_t count = 32;
  const std::size_t before = heap_bytes();
  {
    lane l{64};
    for (ticket n = 0; n < count; ++n) {
      const std::array mixed{numbered(n + 1), record{large_answer(n)}};
      l.put(mixed);
    }
    std::array<record, 2> into;
    ASSERT_EQ(l.take(into), 2u);
    delete into[1].reply.block;
  }
  EXPECT_LT(heap_bytes(), before + (4u << 20)) << "of 32 MiB";
}

TEST(Lane, RingsOnlyForASleeper) {
  lane l{4};
  l.ring();
  EXPECT_FALSE(is_rung(l.bell()));
  l.bell().doze();
  l.put(run_of(1, 1));
  EXPECT_FALSE(is_rung(l.bell())) << "putting alone does not ring: that is once a batch";
  l.ring();
  EXPECT_TRUE(is_rung(l.bell()));
}

// A producer faster than its consumer, bounded by `room`, in bulks of every size; the consumer sleeps whenever it can.
TEST(Lane, KeepsItsOrderBetweenTwoThreadsAndAlwaysWakes) {
  constexpr sequence count = 300'000;
  lane l{1024};
  std::thread producer([&] {
    std::mt19937 random{7};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    for (sequence next = 1; next <= count && std::chrono::steady_clock::now() < deadline;) {
      const std::size_t bulk = std::min<std::size_t>({l.room(), random() % 300, count + 1 - next});
      if (bulk == 0) {
        std::this_thread::yield();
        continue;
      }
      l.put(run_of(next, bulk));
      l.ring();
      next += bulk;
    }
  });
  std::vector<record> into(256);
  sequence last = 0;
  std::size_t deepest = 0;
  while (last < count) {
    if (!sleep_until(l.bell(), [&] { return !l.empty(); })) {
      ADD_FAILURE() << "not woken after " << last;
      break;
    }
    deepest = std::max(deepest, l.depth());
    take_on(l, into, last);
    if (::testing::Test::HasFailure()) break;
  }
  producer.join();
  EXPECT_EQ(last, count);
  EXPECT_LE(deepest, l.capacity());
}

// One record a round trip, over two lanes: both sides go to sleep each time.
TEST(Lane, LosesNoWakeUpInManyRounds) {
  constexpr sequence rounds = 10'000;
  lane there{16}, back{16};
  const auto pass = [](lane& from, lane& to) {
    std::array<record, 4> into;
    for (sequence last = 0; last < rounds;) {
      if (!sleep_until(from.bell(), [&] { return !from.empty(); })) return false;
      // `depth` counts a record before the queue has it, so this may come a moment early.
      while (take_on(from, into, last) == 0)
        if (::testing::Test::HasFailure()) return false;
      to.put(run_of(last, 1));
      to.ring();
    }
    return true;
  };
  bool echoed = false;
  std::thread other([&] { echoed = pass(there, back); });
  there.put(run_of(1, 1));
  there.ring();
  std::array<record, 4> into;
  sequence last = 0;
  while (last < rounds) {
    if (!sleep_until(back.bell(), [&] { return !back.empty(); })) {
      ADD_FAILURE() << "not woken in round " << last;
      break;
    }
    if (take_on(back, into, last) == 0) {
      if (::testing::Test::HasFailure()) break;
      continue;
    }
    if (last == rounds) break;
    there.put(run_of(last + 1, 1));
    there.ring();
  }
  other.join();
  EXPECT_TRUE(echoed);
  EXPECT_EQ(last, rounds);
}

// A scrape reads the depth from a third thread, in two steps: what was put in between it may count too much, but it
// must never see less than nothing.
TEST(Lane, CanBeMeasuredFromAnotherThread) {
  constexpr sequence count = 50'000;
  lane l{512};
  std::atomic<bool> over{false};
  std::atomic<std::size_t> deepest{0};
  std::thread scrape([&] {
    while (!over) deepest = std::max(deepest.load(), l.depth());
  });
  std::thread consumer([&] {
    std::array<record, 64> into;
    sequence last = 0;
    while (last < count && sleep_until(l.bell(), [&] { return !l.empty(); })) take_on(l, into, last);
    EXPECT_EQ(last, count);
  });
  for (sequence next = 1; next <= count;) {
    if (l.room() == 0) {
      std::this_thread::yield();
      continue;
    }
    l.put(run_of(next++, 1));
    l.ring();
  }
  consumer.join();
  over = true;
  scrape.join();
  EXPECT_LE(deepest, count) << "an underflow would be huge";
}

}  // namespace
}  // namespace tickcast::wire
