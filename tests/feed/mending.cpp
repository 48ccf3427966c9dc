// What a full lane had no room for: who gets it, when, and what becomes of that which is gone.
#include "feed/sequencer.hpp"

#include <gtest/gtest.h>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using wire::channel;
using wire::request_kind;

// What a shard has heard, in order: numbers of ticks, and in brackets what came as missed, up to which number.
std::string story(std::vector<heard> from) {
  std::string all;
  for (const heard& h : from) {
    if (!h.answer) {
      all += std::to_string(h.tick.n) + " ";
      continue;
    }
    for (const wire::stream_state& s : h.answer->streams) {
      all += h.answer->number == wire::no_ticket ? "[" : "(";
      s.ticks.each([&](const wire::tick& t, std::string_view) { all += std::to_string(t.n) + " "; });
      all += "to " + std::to_string(s.last) + (h.answer->number == wire::no_ticket ? "] " : ") ");
    }
  }
  return all;
}

TEST(Mending, GivesWhatTheLaneHadNoRoomForOnceThereIsRoom) {
  market m(1, 10);
  m.open(0, "A");
  for (int i = 1; i <= 14; ++i) m.trade("A", i);
  m.to.commit();
  EXPECT_TRUE(m.to.torn());
  m.trade("A", 15);
  m.to.commit();
  EXPECT_EQ(m.lanes[0]->depth(), 10u) << "nothing more of it is offered";
  EXPECT_EQ(m.lanes[0]->dropped_total(), 4u);
  EXPECT_EQ(story(m.hear(0)), "1 2 3 4 5 6 7 8 9 10 ");
  m.trade("A", 16);
  m.to.commit();
  EXPECT_EQ(story(m.hear(0)), "[11 12 13 14 15 16 to 16] ");
  m.trade("A", 17);
  m.to.commit();
  EXPECT_EQ(story(m.hear(0)), "17 ");
  EXPECT_FALSE(m.to.torn());
}

TEST(Mending, CostsTheOtherShardsNothing) {
  market m(2, 8);
  m.open(0, "A"), m.open(1, "A");
  std::string heard_by_1;
  for (int i = 1; i <= 40; ++i) {
    m.trade("A", i);
    m.to.commit();
    heard_by_1 += story(m.hear(1));
  }
  std::string all;
  for (int i = 1; i <= 40; ++i) all += std::to_string(i) + " ";
  EXPECT_EQ(heard_by_1, all);
  EXPECT_EQ(m.lanes[1]->dropped_total(), 0u);
}

TEST(Mending, HappensAlsoWhenTheMarketHasGoneQuiet) {
  market m(1, 4);
  m.open(0, "A");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  EXPECT_EQ(story(m.hear()), "1 2 3 4 ");
  m.to.mend();
  EXPECT_EQ(story(m.hear()), "[5 6 to 6] ");
  EXPECT_FALSE(m.to.torn());
}

TEST(Mending, WaitsWhileTheLaneIsMoreThanHalfFull) {
  market m(1, 4);
  m.open(0, "A");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  for (int i = 0; i < 3; ++i) m.to.mend();
  EXPECT_EQ(story(m.hear()), "1 2 3 4 ");
}

TEST(Mending, GivesWhatIsStillKeptAndTheLastNumberSoThatTheRestIsSeen) {
  market m(1, 4, 1000, 0);  // only the first few records are kept
  m.open(0, "A");
  for (int i = 1; i <= 30; ++i) m.trade("A", i);
  m.to.commit();
  m.hear();
  m.to.mend();
  EXPECT_EQ(story(m.hear()), "[23 24 25 26 27 28 29 30 to 30] ");
}

TEST(Mending, GivesEachStreamOfEachChannelItsOwn) {
  market m(1, 3);
  for (channel c : {channel::trades, channel::quotes}) m.open(0, "A", c), m.open(0, "B", c);
  for (int i = 1; i <= 3; ++i) m.trade("A", i);
  m.to.commit();
  m.trade("A", 4), m.quote("A", 5), m.quote("A", 6), m.trade("B", 7);
  m.to.commit();
  EXPECT_EQ(story(m.hear()), "1 2 3 ");
  m.to.mend();
  EXPECT_EQ(story(m.hear()), "[4 to 4] [1 to 1] [1 2 to 2] ");
}

TEST(Mending, ComesBeforeTheAnswerToARequestForTheSameStream) {
  market m(1, 4);
  const auto a = m.open(0, "A");
  const auto b = m.open(0, "B");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  m.ask(request_kind::open, 0, channel::trades, {by_id(b)});
  m.ask(request_kind::open, 0, channel::trades, {by_id(a)});
  m.to.serve_inbox();
  EXPECT_EQ(story(m.hear()), "1 2 3 4 (to 0) [5 6 to 6] (6 to 6) ");
}

TEST(Mending, ComesBeforeTheAnswerToARequestForAll) {
  market m(1, 4);
  m.open(0, "A");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  m.ask_all(request_kind::open, 0, channel::trades);
  m.to.serve_inbox();
  EXPECT_EQ(story(m.hear()), "1 2 3 4 [5 6 to 6] (6 to 6) ");
}

TEST(Mending, IsForgottenWithTheStreamThatNobodyWantsAnyMore) {
  market m(1, 4);
  const auto a = m.open(0, "A");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  m.ask(request_kind::close, 0, channel::trades, {by_id(a)});
  m.to.commit();
  m.hear();
  m.to.mend();
  EXPECT_EQ(story(m.hear()), "");
  EXPECT_FALSE(m.to.torn());
}

TEST(Mending, OfAStreamThatWasClosedAndOpenedAgainBringsNothingTwice) {
  market m(1, 4);
  const auto a = m.open(0, "A");
  for (int i = 1; i <= 6; ++i) m.trade("A", i);
  m.to.commit();
  m.ask(request_kind::close, 0, channel::trades, {by_id(a)});
  m.ask(request_kind::open, 0, channel::trades, {by_id(a)});
  m.to.serve_inbox();
  EXPECT_EQ(story(m.hear()), "1 2 3 4 (6 to 6) ");
  m.trade("A", 7);
  m.to.commit();
  EXPECT_EQ(story(m.hear()), "7 ");
}

TEST(Mending, IsDoneInPartsSoThatTheMarketGoesOn) {
  market m(1, 64, 1000, 64 * 1024 * 1024);
  constexpr int streams = 12, ticks = 3000;
  for (int s = 0; s < streams; ++s) m.open(0, "S" + std::to_string(s));
  for (int s = 0; s < streams; ++s)
    for (int i = 1; i <= ticks; ++i) m.trade("S" + std::to_string(s), i);
  m.to.commit();
  m.hear();
  std::vector<std::size_t> parts;
  std::size_t missed = 0;
  while (m.to.torn()) {
    m.to.mend();
    for (const heard& h : m.hear()) {
      std::size_t part = 0;
      for (const wire::stream_state& s : h.answer->streams) part += s.ticks.records();
      parts.push_back(part);
      missed += part;
    }
  }
  EXPECT_EQ(missed, streams * ticks - 64u);
  EXPECT_GE(parts.size(), 2u);
  for (std::size_t part : parts) EXPECT_LT(part, mend_ticks_max + 4096);
}

}  // namespace
}  // namespace tickcast::feed
