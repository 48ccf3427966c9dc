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
  for (channel c : wire::all_channels) m.open(0, "A", c), m.open(0, "B", c);
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

TEST(Answers, ShareOneCopyOfWhatSeveralAskForInOneTurn) {
  market m(2);
  for (int i = 1; i <= 1000; ++i) m.trade("A", i);
  const auto ask = [&](std::uint32_t shard, wire::sequence after) {
    auto which = by_name("A");
    which.after = after;
    m.ask(request_kind::open, shard, channel::trades, {which});
  };
  ask(0, 400), ask(1, 400), ask(0, 500);
  m.to.serve_inbox();
  std::vector<const wire::tick*> last;
  for (std::uint32_t shard : {0u, 1u})
    for (const heard& h : m.hear(shard)) {
      const wire::excerpt& got = h.answer->streams.at(0).ticks;
      EXPECT_TRUE(got.records() == 600 || got.records() == 500);
      wire::notes none;
      const wire::excerpt newest = got.newest(1);
      last.push_back(&newest.front(none));
    }
  ASSERT_EQ(last.size(), 3u);
  EXPECT_EQ(last[0], last[1]);
  EXPECT_EQ(last[1], last[2]);
  ask(0, 400);
  m.trade("A", 1001);
  m.to.serve_inbox();
  EXPECT_EQ(m.hear(0).back().answer->streams.at(0).ticks.records(), 601u) << "another turn, another copy";
}

TEST(Answers, DoNotHoldOnToManyTicksForTheSakeOfAFew) {
  market m;
  for (int i = 1; i <= 4000; ++i) m.trade("A", i);
  const auto resume = [&](wire::sequence after) {
    auto which = by_name("A");
    which.after = after;
    m.ask(request_kind::open, 0, channel::trades, {which});
  };
  resume(0), resume(3900);
  m.to.serve_inbox();
  const auto got = m.hear();
  wire::notes none;
  const auto last = [&](std::size_t i) { return &got.at(i).answer->streams.at(0).ticks.newest(1).front(none); };
  EXPECT_EQ(got.at(1).answer->streams.at(0).ticks.records(), 100u);
  EXPECT_NE(last(0), last(1));
}

TEST(Answers, AreGivenInPartsSoThatTheMarketGoesOn) {
  market m(1, 65536, 1000, 64 * 1024 * 1024);
  constexpr int streams = 16, ticks = 4096;
  std::vector<wire::wanted> which;
  for (int s = 0; s < streams; ++s) {
    for (int i = 1; i <= ticks; ++i) m.trade("S" + std::to_string(s), i);
    which.push_back(by_name("S" + std::to_string(s)));
    which.back().after = 0;
  }
  for (wire::ticket number = 1; number <= 3; ++number) m.ask(request_kind::open, 0, channel::trades, which, number);
  for (wire::ticket number = 1; number <= 3; ++number) {
    EXPECT_TRUE(m.to.serve_inbox());
    const auto got = m.hear();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].answer->number, number);
  }
  EXPECT_FALSE(m.to.serve_inbox());
}

}  // namespace
}  // namespace tickcast::feed
