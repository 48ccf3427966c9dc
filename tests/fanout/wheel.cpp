#include "fanout/wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace tickcast::fanout {
namespace {

constexpr std::int64_t ms = 1'000'000;

struct alarm_clock final : wheel::timer {
  std::function<void(std::int64_t)> act;
  int rang = 0;

 private:
  void due(std::int64_t now) override {
    ++rang;
    if (act) act(now);
  }
};

TEST(Wheel, RingsAtTheDeadlineAndNeverBefore) {
  wheel w{5 * ms};
  alarm_clock a;
  w.arm(a, 7 * ms + 1);
  w.advance(7 * ms + 999'999);
  EXPECT_EQ(a.rang, 0);
  w.advance(8 * ms);
  EXPECT_EQ(a.rang, 1);
  EXPECT_FALSE(a.armed());
  w.advance(100 * ms);
  EXPECT_EQ(a.rang, 1);
}

TEST(Wheel, RingsForAPastDeadlineAtTheNextAdvance) {
  wheel w{1000 * ms};
  alarm_clock a;
  w.arm(a, 3 * ms);
  w.advance(1000 * ms + 500'000);
  EXPECT_EQ(a.rang, 0);
  w.advance(1001 * ms);
  EXPECT_EQ(a.rang, 1);
}

TEST(Wheel, KeepsADeadlineBeyondOneTurnUntilItsRound) {
  wheel w{0};
  alarm_clock near, far;
  w.arm(near, 100 * ms);
  w.arm(far, (100 + 3 * 8192) * ms);
  for (std::int64_t t = 0; t < (100 + 3 * 8192); ++t) w.advance(t * ms);
  EXPECT_EQ(near.rang, 1);
  EXPECT_EQ(far.rang, 0);
  w.advance((100 + 3 * 8192) * ms);
  EXPECT_EQ(far.rang, 1);
}

TEST(Wheel, FindsAllThatIsDueAfterAPauseOfManyTurns) {
  wheel w{0};
  std::vector<std::unique_ptr<alarm_clock>> due, later;
  for (std::int64_t at = 1; at < 50'000; at += 777) w.arm(*due.emplace_back(std::make_unique<alarm_clock>()), at * ms);
  for (std::int64_t at = 50'001; at < 90'000; at += 777)
    w.arm(*later.emplace_back(std::make_unique<alarm_clock>()), at * ms);
  w.advance(50'000 * ms);
  for (const auto& a : due) EXPECT_EQ(a->rang, 1);
  for (const auto& a : later) EXPECT_EQ(a->rang, 0);
  w.advance(90'000 * ms);
  for (const auto& a : later) EXPECT_EQ(a->rang, 1);
}

TEST(Wheel, LetsATimerArmItselfAnewWhenItIsDue) {
  wheel w{0};
  alarm_clock a;
  a.act = [&](std::int64_t now) { w.arm(a, now); };  // due at once: comes with the next advance, not with this one
  w.arm(a, ms);
  w.advance(ms);
  EXPECT_EQ(a.rang, 1);
  w.advance(2 * ms);
  EXPECT_EQ(a.rang, 2);
  EXPECT_TRUE(a.armed());
}

TEST(Wheel, LetsATimerDisarmTheOthersOfItsSlotWhenItIsDue) {
  wheel w{0};
  alarm_clock a[4];
  // Whichever comes first silences the rest, so exactly one rings.
  for (alarm_clock& mine : a) {
    mine.act = [&](std::int64_t) {
      for (alarm_clock& other : a) w.disarm(other);
    };
    w.arm(mine, 9 * ms);
  }
  w.advance(9 * ms);
  EXPECT_EQ(a[0].rang + a[1].rang + a[2].rang + a[3].rang, 1);
  EXPECT_FALSE(w.next_ns());
}

TEST(Wheel, ForgetsATimerThatIsDestroyedWhileAnotherIsDue) {
  wheel w{0};
  alarm_clock first;
  auto second = std::make_unique<alarm_clock>(), third = std::make_unique<alarm_clock>();
  first.act = [&](std::int64_t) { second.reset(), third.reset(); };
  w.arm(*third, 2 * ms);
  w.arm(*second, 2 * ms);
  w.arm(first, 2 * ms);  // the latest of a slot comes first
  w.advance(2 * ms);
  EXPECT_EQ(first.rang, 1);
  EXPECT_FALSE(w.next_ns());
}

TEST(Wheel, MovesATimerThatIsArmedAgain) {
  wheel w{0};
  alarm_clock a;
  w.arm(a, 5 * ms);
  w.arm(a, 20 * ms);
  EXPECT_EQ(w.next_ns(), 20 * ms);
  w.advance(10 * ms);
  EXPECT_EQ(a.rang, 0);
  w.advance(20 * ms);
  EXPECT_EQ(a.rang, 1);
}

TEST(Wheel, NamesTheNextSlotThatHoldsSomething) {
  wheel w{63 * ms};
  EXPECT_FALSE(w.next_ns());
  alarm_clock a, b, c;
  w.arm(a, 63 * ms + 8192 * ms);  // the very slot where the wheel stands, a turn later
  EXPECT_EQ(w.next_ns(), (63 + 8192) * ms);
  w.arm(b, 640 * ms);
  EXPECT_EQ(w.next_ns(), 640 * ms);
  w.arm(c, 64 * ms);
  EXPECT_EQ(w.next_ns(), 64 * ms);
  w.disarm(c);
  EXPECT_EQ(w.next_ns(), 640 * ms);
}

// Against a multimap of deadlines: the same timers ring, in no later advance and in no earlier one.
TEST(Wheel, AgreesWithASortedMapUnderRandomUse) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto below = [&](std::int64_t n) { return std::uniform_int_distribution<std::int64_t>{0, n - 1}(random); };
    std::int64_t now = below(1'000'000) * 12'345, stood = now;  // stood: where the last advance left it
    wheel w{now};
    std::vector<std::unique_ptr<alarm_clock>> all;
    for (int i = 0; i < 40; ++i) all.push_back(std::make_unique<alarm_clock>());
    std::multimap<std::int64_t, std::size_t> model;  // by the millisecond it is due
    const auto remove = [&](std::size_t which) { std::erase_if(model, [&](const auto& m) { return m.second == which; }); };
    std::vector<std::size_t> rang;
    const auto arm = [&](std::size_t which, std::int64_t at) {
      remove(which);
      model.emplace(std::max((at + 999'999) / ms, stood / ms + 1), which);
      w.arm(*all[which], at);
    };
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i]->act = [&, i](std::int64_t told) {
        EXPECT_EQ(told, now);
        EXPECT_FALSE(all[i]->armed());
        rang.push_back(i);
      };
    for (int step = 0; step < 300; ++step) {
      const auto which = static_cast<std::size_t>(below(40));
      switch (below(4)) {
        case 0: arm(which, now + below(20) * ms + below(ms)); break;
        case 1: arm(which, now + below(40'000) * ms - 5 * ms); break;
        case 2:
          w.disarm(*all[which]);
          remove(which);
          break;
        default:
          now += below(10) ? below(30 * ms) : below(30'000) * ms;
          w.advance(now);
          stood = now;
          std::vector<std::size_t> expected;
          for (auto m = model.begin(); m != model.end() && m->first <= now / ms; m = model.erase(m))
            expected.push_back(m->second);
          std::sort(expected.begin(), expected.end());
          std::sort(rang.begin(), rang.end());
          ASSERT_EQ(rang, expected);
          rang.clear();
      }
      for (std::size_t i = 0; i < all.size(); ++i)
        ASSERT_EQ(all[i]->armed(), std::any_of(model.begin(), model.end(), [&](const auto& m) { return m.second == i; }));
      const auto next = w.next_ns();
      ASSERT_EQ(next.has_value(), !model.empty());
      if (next) {
        ASSERT_LE(*next, model.begin()->first * ms);  // maybe a false alarm, never too late
        ASSERT_GT(*next, stood / ms * ms);
      }
    }
  }
}

}  // namespace
}  // namespace tickcast::fanout
