#include "schedule.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "tests/given.hpp"

namespace tickcast {
namespace {

TEST(Delivery, CoversEveryNumberOnceUnderAnySchedule) {
  const std::uint64_t only = given::number("TICKCAST_SEED", 0);
  const std::uint64_t first = only ? only : 1, last = only ? only : given::number("TICKCAST_SEEDS", given::rounds(3000));
  totals sum;
  int faults = 0;
  for (std::uint64_t seed = first; seed <= last && faults < 3; ++seed) {
    const std::string fault = std::make_unique<schedule>(seed, only != 0)->run(sum);
    if (fault.empty()) continue;
    ++faults;
    ADD_FAILURE() << "TICKCAST_SEED=" << seed << ": " << fault;
  }
  std::cout << "seeds " << first << "…" << last << ": " << sum.live << " live, " << sum.merges << " merged, " << sum.gaps
            << " gaps, " << sum.snapshots << " snapshots, " << sum.degraded << " slowed down, " << sum.evicted
            << " evicted, " << sum.stalled << " stalled, " << sum.left << " left, "
            << sum.resumed << " resumed, " << sum.overflows << " lost to a full lane, " << sum.recovered
            << " recovered from one, " << sum.binary << " binary frames, " << sum.bars << " bars, " << sum.spans << " merges across an edge\n";
  if (only || faults) return;
  // Schedules in which little happens would prove little.
  EXPECT_GT(sum.live, last * 100);
  EXPECT_GT(sum.merges, last * 10);
  EXPECT_GT(sum.gaps, last);
  EXPECT_GT(sum.snapshots, last);
  EXPECT_GT(sum.degraded, last / 10);
  EXPECT_GT(sum.evicted, last / 20);
  EXPECT_GT(sum.stalled, last / 50);
  EXPECT_GT(sum.left, last / 4);
  EXPECT_GT(sum.resumed, last / 4);
  EXPECT_GT(sum.overflows, last / 4);
  EXPECT_GT(sum.recovered, last * 5);
  EXPECT_GT(sum.bars, last * 3);
  EXPECT_GT(sum.binary, last * 10);
}

}  // namespace
}  // namespace tickcast
