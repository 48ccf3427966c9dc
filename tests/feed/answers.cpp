// What comes back when a shard asks: history, resume, all or nothing, shared between those who ask for the same.
#include "feed/sequencer.hpp"

#include <gtest/gtest.h>

#include "market.hpp"

namespace tickcast::feed {
namespace {

using wire::channel;
using wire::request_kind;

TEST(Answers, ShowsAsMuchHistoryAsAskedForAndKept) {
  market m;
  for (int i = 1; i <= 5; ++i) m.trade("A", i, i == 4 ? notes_of("four") : wire::notes{});
  const auto history = [&](std::uint32_t ticks) {
    auto asked = request_of(request_kind::open, 0, channel::trades, {by_name("A")});
    asked->history = ticks;
    m.inbox.ask(std::move(asked));
    m.to.serve_inbox();
    const auto got = m.hear();
    return text_of(got.at(0).answer->streams.at(0).ticks);
  };
  EXPECT_EQ(history(0), "");
  EXPECT_EQ(history(1), "5 ");
  EXPECT_EQ(history(3), "3 4+6 5 ");
  EXPECT_EQ(history(100), "1 2 3 4+6 5 ");
}

TEST(Answers, SharesOutHistoryOverTheStreamsOfOneRequest) {
  market m(1, 65536, 1000, 64 * 1024 * 1024);
  constexpr int streams = 32, ticks = 4000;
  for (int s = 0; s < streams; ++s)
    for (int i = 1; i <= ticks; ++i) m.trade("S" + std::to_string(s), i);
  auto asked = request_of(request_kind::open, 0, channel::trades, {});
  asked->all = true;
  asked->history = ticks;
  m.inbox.ask(std::move(asked));
  m.to.serve_inbox();
  const auto got = m.hear();
  for (const wire::stream_state& state : got.at(0).answer->streams)
    EXPECT_EQ(state.ticks.records(), answer_ticks_max / streams);
}

TEST(Answers, ReplaysNoMoreThanOneAnswerHoldsAndGivesTheRestSnapshots) {
  market m(1, 65536, 1000, 64 * 1024 * 1024);
  constexpr int streams = 20, ticks = 4000;
  std::vector<wire::wanted> which;
  for (int s = 0; s < streams; ++s) {
    for (int i = 1; i <= ticks; ++i) m.trade("S" + std::to_string(s), i);
    which.push_back(by_name("S" + std::to_string(s)));
    which.back().after = 0;
  }
  m.ask(request_kind::open, 0, channel::trades, which);
  m.to.serve_inbox();
  const auto got = m.hear();
  std::size_t recovered = 0, records = 0;
  for (const wire::stream_state& s : got.at(0).answer->streams) recovered += s.recovered, records += s.ticks.records();
  EXPECT_EQ(recovered, answer_ticks_max / ticks);
  EXPECT_EQ(records, recovered * ticks + (streams - recovered));
}

TEST(Answers, ReplaysWhatCameAfterANumberAllOrNothing) {
  market m(1, 65536, 1000, 0);  // no more than the first few records are kept
  for (int i = 1; i <= 20; ++i) m.trade("A", i);
  const auto resume = [&](wire::sequence after) {
    auto which = by_name("A");
    which.after = after;
    m.ask(request_kind::open, 0, channel::trades, {which});
    m.to.serve_inbox();
    const auto got = m.hear();
    std::string all = got.at(0).answer->streams[0].recovered ? "recovered:" : "snapshot:";
    got[0].answer->streams[0].ticks.each([&](const wire::tick& t, std::string_view) { all += " " + std::to_string(t.n); });
    return all;
  };
  EXPECT_EQ(resume(20), "recovered:");
  EXPECT_EQ(resume(17), "recovered: 18 19 20");
  EXPECT_EQ(resume(12), "recovered: 13 14 15 16 17 18 19 20");
  EXPECT_EQ(resume(11), "snapshot: 20") << "12 is gone";
  EXPECT_EQ(resume(0), "snapshot: 20");
  EXPECT_EQ(resume(21), "snapshot: 20") << "it was never sent";
  EXPECT_EQ(resume(UINT64_MAX), "snapshot: 20");
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

TEST(Answers, AreShortWhileTooMuchOfThePastIsOut) {
  market m(1, 65536, 1000, 4096 * sizeof(wire::record));  // so what may be out is one largest answer
  for (int i = 1; i <= 4096; ++i) m.trade("A", i);
  const auto resume = [&](wire::sequence after) {
    auto which = by_name("A");
    which.after = after;
    m.ask(request_kind::open, 0, channel::trades, {which});
    m.to.serve_inbox();
    auto got = m.hear();
    return std::move(got.at(0).answer);
  };
  std::vector<std::unique_ptr<wire::answer>> out;
  for (std::size_t i = 0; i <= answer_ticks_max / 4096; ++i) {
    out.push_back(resume(0));
    EXPECT_TRUE(out.back()->streams[0].recovered) << i;
  }
  EXPECT_FALSE(resume(0)->streams[0].recovered) << "nobody has taken anything";
  EXPECT_TRUE(resume(4000)->streams[0].recovered) << "a little is always given";
  out.resize(1);
  EXPECT_TRUE(resume(0)->streams[0].recovered) << "what was taken is given back";
}

}  // namespace
}  // namespace tickcast::feed
