#include "wire/doorbell.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "sleeper.hpp"

namespace tickcast::wire {
namespace {

TEST(Doorbell, MakesNoSoundForSomebodyAwake) {
  doorbell bell;
  bell.ring();
  EXPECT_FALSE(is_rung(bell));
  bell.doze();
  bell.rise();
  bell.ring();
  EXPECT_FALSE(is_rung(bell));
}

TEST(Doorbell, WakesASleeperOnceHoweverOftenItIsRung) {
  doorbell bell;
  bell.doze();
  EXPECT_FALSE(is_rung(bell));
  bell.ring();
  EXPECT_TRUE(is_rung(bell));
  bell.ring();
  bell.ring();
  EXPECT_EQ(read_bell(bell), 1u);
  EXPECT_FALSE(is_rung(bell));
}

TEST(Doorbell, RingsAgainAfterTheNextDoze) {
  doorbell bell;
  for (int i = 0; i < 3; ++i) {
    bell.doze();
    bell.ring();
    bell.rise();
    EXPECT_EQ(read_bell(bell), 1u);
  }
}

TEST(Doorbell, NeverBlocksWhoReadsIt) {
  doorbell bell;
  EXPECT_EQ(read_bell(bell), 0u);
}

// Two threads take turns; each sleeps until the other has moved. One lost wake-up and the deadline passes.
TEST(Doorbell, LosesNoWakeUpInManyRounds) {
  constexpr int rounds = 20'000;
  doorbell left, right;
  std::atomic<int> ball{0};  // even: the left's turn
  bool returned = true;
  std::thread other([&] {
    for (int i = 1; i < rounds && returned; i += 2) {
      returned = sleep_until(right, [&] { return ball.load(std::memory_order_acquire) == i; });
      ball.store(i + 1, std::memory_order_release);
      left.ring();
    }
  });
  for (int i = 0; i < rounds; i += 2) {
    if (!sleep_until(left, [&] { return ball.load(std::memory_order_acquire) == i; })) {
      ADD_FAILURE() << "not woken in round " << i;
      break;
    }
    ball.store(i + 1, std::memory_order_release);
    right.ring();
  }
  other.join();
  EXPECT_TRUE(returned);
}

// Work comes from several threads at once, which never wait: the sleeper sees the end of it.
TEST(Doorbell, LosesNoWakeUpWhenManyRingAtOnce) {
  constexpr int ringers = 3, each = 30'000;
  doorbell bell;
  std::atomic<int> work{0};
  std::vector<std::thread> threads;
  for (int r = 0; r < ringers; ++r)
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        work.fetch_add(1, std::memory_order_release);
        bell.ring();
      }
    });
  for (int seen = 0; seen < ringers * each;) {
    if (!sleep_until(bell, [&] { return work.load(std::memory_order_acquire) > seen; })) {
      ADD_FAILURE() << "not woken after " << seen;
      break;
    }
    seen = work.load(std::memory_order_acquire);
  }
  for (auto& t : threads) t.join();
}

}  // namespace
}  // namespace tickcast::wire
