#include "feed/bar_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "bars.hpp"

namespace tickcast::feed {
namespace {

using wire::period;

TEST(BarQueue, HasRoomForSoManyAndGivesThemInOrder) {
  bar_queue queue{8};
  std::vector<std::string> put, taken;
  for (std::int64_t i = 0; i < 40; ++i) {
    for (std::int64_t j = 0; j <= 8; ++j) {
      const wire::bar b = bar_of({}, period::m1, i * 10 + j);
      ASSERT_EQ(queue.put(b), j < 8);
      if (j < 8) put.push_back(text_of(b));
    }
    EXPECT_EQ(queue.size(), 8U);
    queue.take([&](const wire::bar& b) { taken.push_back(text_of(b)); });
  }
  EXPECT_EQ(put, taken);
}

TEST(BarQueue, CarriesWhatOneThreadPutsToAnother) {
  bar_queue queue{64};
  constexpr std::int64_t count = 200'000;
  std::thread writer{[&] {
    for (std::int64_t i = 0; i < count;) i += queue.put(bar_of({}, period::s1, i));
  }};
  std::int64_t next = 0, wrong = 0;
  while (next < count) queue.take([&](const wire::bar& b) { wrong += b.start_ns != bar_of({}, period::s1, next++).start_ns; });
  writer.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tickcast::feed
