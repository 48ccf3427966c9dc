#include "feed/sequencer.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "heap.hpp"
#include "market.hpp"

namespace tickcast::feed {
namespace {

using wire::channel;
using wire::note_tag;
using wire::request_kind;

TEST(Sequencer, NumbersEachSymbolAndChannelFromOne) {
  market m;
  for (const char* name : {"A", "B"})
    for (channel c : {channel::trades, channel::quotes}) m.open(0, name, c);
  m.trade("A", 10), m.quote("A", 11), m.trade("B", 12), m.trade("A", 13), m.quote("A", 14), m.trade("A", 15);
  m.to.commit();
  std::string got;
  for (const heard& h : m.hear())
    got += std::string(m.symbols.name(h.tick.symbol)) + " " +
           std::string(name_of(channel_of(h.tick.kind))) + " " + std::to_string(h.tick.n) + "; ";
  EXPECT_EQ(got, "A trades 1; A quotes 1; B trades 1; A trades 2; A quotes 2; A trades 3; ");
}

TEST(Sequencer, StampsTheArrivalAndKeepsTheVenuesTime) {
  market m;
  m.open(0, "A");
  m.trade("A", 1, {}, {111, 222});
  event e;
  e.name = "A";
  e.stamped = true;
  e.tick.kind = wire::record_kind::trade;
  e.tick.venue_ns = 333;
  m.to.publish(e, {444, 555});
  m.to.commit();
  const auto got = m.hear();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].tick.venue_ns, 111);
  EXPECT_EQ(got[0].tick.arrived_ns, 222);
  EXPECT_EQ(got[1].tick.venue_ns, 333);
  EXPECT_EQ(got[1].tick.arrived_ns, 555);
}

TEST(Sequencer, TakesAnIdThatTheSourceHasResolved) {
  market m;
  m.open(0, "A");
  const auto id = m.to.resolve("A");
  ASSERT_TRUE(id);
  EXPECT_EQ(m.to.resolve("A"), id);
  EXPECT_EQ(m.symbols.size(), 1u);
  event e;
  e.tick.symbol = *id;
  EXPECT_EQ(m.to.publish(e, {}), verdict::taken);
  e.tick.symbol = wire::symbol_id{7};
  EXPECT_EQ(m.to.publish(e, {}), verdict::bad_symbol);
  m.to.commit();
  EXPECT_EQ(m.hear().size(), 1u);
}

TEST(Sequencer, GivesAShardOnlyWhatItHasOpened) {
  market m(3);
  m.open(0, "A");
  m.open(1, "A"), m.open(1, "B");
  m.open(2, "A", channel::quotes);
  m.trade("A", 1), m.trade("B", 2), m.quote("A", 3), m.quote("B", 4), m.trade("C", 5);
  m.to.commit();
  EXPECT_EQ(m.hear_text(0), "1");
  EXPECT_EQ(m.hear_text(1), "1 2");
  EXPECT_EQ(m.hear_text(2), "3");
}

TEST(Sequencer, NeitherFillsNorWakesAShardForASymbolThatItDoesNotWant) {
  market m(2);
  m.open(0, "A");
  m.trade("A", 1), m.trade("B", 1);
  m.to.commit();
  m.hear(0);
  for (const auto& lane : m.lanes) lane->bell().doze();
  for (int i = 0; i < 1000; ++i) m.trade("B", i), m.quote("A", i), m.quote("B", i);
  m.to.commit();
  for (const auto& lane : m.lanes) {
    EXPECT_EQ(lane->depth(), 0u);
    std::uint64_t rung = 0;
    EXPECT_EQ(::read(lane->bell().fd(), &rung, sizeof rung), -1) << "it was woken";
  }
  m.trade("A", 2);
  m.to.commit();
  EXPECT_EQ(m.lanes[0]->depth(), 1u);
  EXPECT_EQ(m.lanes[1]->depth(), 0u);
}

TEST(Sequencer, GivesNothingAfterAStreamWasClosed) {
  market m(2);
  const auto a = m.open(0, "A");
  m.open(1, "A");
  m.trade("A", 1);
  m.ask(request_kind::close, 0, channel::trades, {by_id(a), by_id(wire::symbol_id{99})});
  m.to.commit();
  m.trade("A", 2);
  m.to.commit();
  EXPECT_EQ(m.hear_text(0), "1");
  EXPECT_EQ(m.hear_text(1), "1 2");
}

TEST(Sequencer, PutsNotesInFrontOfTheirTick) {
  market m;
  m.open(0, "A");
  const std::string id(150, 'i');
  m.trade("A", 1);
  wire::notes notes = notes_of(id);
  ASSERT_TRUE(notes.add(note_tag::condition, "T"));
  m.trade("A", 2, notes);
  m.trade("A", 3);
  m.to.commit();
  const auto got = m.hear();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_TRUE(got[0].notes.empty());
  EXPECT_EQ(got[1].note(note_tag::id), id);
  EXPECT_EQ(got[1].note(note_tag::condition), "T");
  EXPECT_TRUE(got[2].notes.empty());
}

TEST(Sequencer, AnswersAtTheRightPlaceAmongTheTicks) {
  market m(2);
  const auto a = m.open(0, "A");
  m.trade("A", 1), m.trade("A", 2);  // not yet committed when shards ask
  m.ask(request_kind::open, 0, channel::trades, {by_id(a)}, 7);
  m.ask(request_kind::open, 1, channel::trades, {by_id(a)}, 8);
  m.to.serve_inbox();
  m.trade("A", 3);
  m.to.commit();

  auto got = m.hear(0);
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(price_of(got[0].tick) + price_of(got[1].tick), "12");
  ASSERT_TRUE(got[2].answer);
  EXPECT_EQ(got[2].answer->number, 7u);
  EXPECT_EQ(got[2].answer->streams.at(0).last, 2u);
  EXPECT_EQ(got[3].tick.n, 3u);

  got = m.hear(1);
  ASSERT_EQ(got.size(), 2u);
  ASSERT_TRUE(got[0].answer);
  EXPECT_EQ(got[0].answer->number, 8u);
  EXPECT_EQ(got[0].answer->streams.at(0).last, 2u);
  EXPECT_EQ(got[1].tick.n, 3u);
}

TEST(Sequencer, AnswersWithTheLastTickAndItsNotes) {
  market m;
  m.trade("A", 1, notes_of("first"));
  m.trade("A", 2, notes_of(std::string(80, 'x')));
  m.trade("B", 3, notes_of("gone"));
  m.trade("B", 4);
  m.quote("A", 5);
  m.to.resolve("C");
  std::vector<wire::wanted> streams;
  for (const char* name : {"A", "B", "C"}) streams.push_back(by_id(*m.to.resolve(name)));
  m.ask(request_kind::open, 0, channel::trades, streams, 42);
  m.to.commit();

  const auto got = m.hear();
  ASSERT_EQ(got.size(), 1u);
  const wire::answer& reply = *got[0].answer;
  EXPECT_EQ(reply.number, 42u);
  EXPECT_EQ(reply.channel, channel::trades);
  ASSERT_EQ(reply.streams.size(), 3u);
  EXPECT_EQ(reply.streams[0].last, 2u);
  EXPECT_EQ(text_of(reply.streams[0].ticks), "2+82 ");
  EXPECT_EQ(reply.streams[1].last, 2u);
  EXPECT_EQ(text_of(reply.streams[1].ticks), "4 ");
  EXPECT_EQ(reply.streams[2].last, 0u);
  EXPECT_EQ(text_of(reply.streams[2].ticks), "");
}

TEST(Sequencer, OpensSymbolsByNameWhileTheTableHasRoom) {
  market m(1, 100, 2);
  m.trade("A", 1);
  m.ask(request_kind::open, 0, channel::trades,
        {by_name("A"), by_name("new"), by_name("one too many"), by_name("C"), by_id(wire::symbol_id{9})});
  m.to.serve_inbox();
  const auto got = m.hear();
  ASSERT_EQ(got.size(), 1u);
  std::string opened;
  for (const auto& s : got[0].answer->streams) opened += s.opened ? 'y' : 'n';
  EXPECT_EQ(opened, "yynnn");
  EXPECT_EQ(index_of(got[0].answer->streams[0].symbol), 0u);
  EXPECT_EQ(index_of(got[0].answer->streams[1].symbol), 1u);
  EXPECT_EQ(m.symbols.name(wire::symbol_id{1}), "new");
}

TEST(Sequencer, RefusesWhatAFullTableCannotName) {
  market m(1, 100, 1);
  m.trade("A", 1);
  EXPECT_EQ(m.last, verdict::taken);
  m.trade("B", 1);
  EXPECT_EQ(m.last, verdict::table_full);
  m.trade("not a symbol", 1);
  EXPECT_EQ(m.last, verdict::bad_symbol);
  m.trade("A", 1);
  EXPECT_EQ(m.last, verdict::taken);
  EXPECT_EQ(m.to.refused(), 1u);
}

TEST(Sequencer, IgnoresARequestOfAShardThatIsNotThere) {
  market m;
  m.trade("A", 1);
  m.ask(request_kind::open, 5, channel::trades, {by_id(wire::symbol_id{0})});
  m.trade("A", 2);
  m.to.commit();
  EXPECT_EQ(m.hear().size(), 0u);
}

TEST(Sequencer, AnswersARequestForAllWithEverySymbolInOrder) {
  market m;
  m.trade("A", 1, notes_of("x")), m.quote("B", 2), m.trade("C", 3), m.trade("C", 4);
  m.ask_all(request_kind::open, 0, channel::trades);
  m.to.commit();
  const auto got = m.hear();
  ASSERT_EQ(got.size(), 1u);
  std::string states;
  for (const auto& s : got[0].answer->streams)
    states += std::string(m.symbols.name(s.symbol)) + (s.opened ? "" : "!") + " last " + std::to_string(s.last) + ": " +
              text_of(s.ticks) + "; ";
  EXPECT_EQ(states, "A last 1: 1+3 ; B last 0: ; C last 2: 4 ; ");
}

TEST(Sequencer, GivesAShardThatTookAllWhatIsNamedLaterFromItsFirstTickOn) {
  market m(2);
  m.trade("A", 1);
  m.ask_all(request_kind::open, 0, channel::trades);
  m.to.serve_inbox();
  m.hear(0);
  m.lanes[0]->bell().doze();
  pollfd bell{m.lanes[0]->bell().fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&bell, 1, 0), 0);
  m.to.resolve("SILENT");  // as a simulator does; the streams of both new ones begin together
  m.trade("NEW", 2), m.quote("NEW", 3), m.trade("SILENT", 4), m.trade("A", 5);
  m.to.commit();
  EXPECT_EQ(::poll(&bell, 1, 0), 1) << "and it is woken";
  const auto got = m.hear(0);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(price_of(got[0].tick) + price_of(got[1].tick) + price_of(got[2].tick), "245");
  EXPECT_EQ(got[0].tick.n, 1u);
  EXPECT_EQ(m.hear_text(1), "");
}

TEST(Sequencer, GivesNothingThatIsNamedAfterAllWasClosed) {
  market m;
  m.trade("A", 1);
  m.ask_all(request_kind::open, 0, channel::trades);
  m.to.serve_inbox();
  m.hear(0);
  m.ask_all(request_kind::close, 0, channel::trades);
  m.to.serve_inbox();
  m.trade("NEW", 2), m.trade("A", 3);
  m.to.commit();
  EXPECT_EQ(m.hear_text(0), "3") << "A was not named in the request, so it stays open";
}

TEST(Sequencer, AllocatesNothingOnceWarm) {
  market m(2, 65536, 100, 0);  // no room for history to grow into: warm from the start
  const wire::notes notes = notes_of("a trade's id");
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back("SYMBOL" + std::to_string(i));
  for (const auto& name : names) {
    m.open(0, name), m.open(1, name), m.open(1, name, channel::quotes);
    m.trade(name, 1, notes), m.quote(name, 1);
  }
  m.to.commit();
  m.hear(0), m.hear(1);
  const std::uint64_t before = allocations();
  for (int i = 0; i < 200; ++i) {
    for (const auto& name : names) {
      m.trade(name, i, notes);
      m.quote(name, i);
      m.trade(name, i);
    }
    m.to.commit();
  }
  EXPECT_EQ(allocations() - before, 0u);
  EXPECT_GT(m.lanes[0]->depth(), 0u);
}

TEST(Sequencer, AllocatesOnlyToDoubleTheHistoryWhileItGrows) {
  market m(1, 65536, 10);
  m.trade("A", 0);
  const std::uint64_t before = allocations();
  for (int i = 0; i < 100'000; ++i) m.trade("A", i);
  EXPECT_LE(allocations() - before, 9u);  // 8 … 4096 records
}

TEST(Sequencer, KeepsTheOrderOfEverySymbolWhileShardsReadAndAsk) {
  constexpr int ticks = 200'000;
  market m(2, 1 << 18);
  const char* names[] = {"A", "B", "C", "D", "E"};
  for (const char* name : names) m.to.resolve(name);
  std::atomic<bool> over{false};
  const auto shard = [&](std::uint32_t self) {
    std::map<std::uint32_t, wire::sequence> next;
    std::vector<wire::wanted> streams;
    for (std::uint32_t i = 0; i < 5; ++i) streams.push_back(by_id(wire::symbol_id{i}));
    wire::ticket asked = 0, answered = 0;
    const auto ask = [&] { m.ask(request_kind::open, self, channel::trades, streams, ++asked); };
    ask();
    for (bool last = false; !last || answered < asked;) {
      last = over.load();
      for (const heard& h : m.hear(self)) {
        if (h.answer) {
          EXPECT_EQ(h.answer->number, ++answered);
          for (const auto& s : h.answer->streams) {
            wire::sequence& n = next[index_of(s.symbol)];
            if (answered > 1) {
              EXPECT_EQ(s.last + 1, n);
            }
            n = s.last + 1;
          }
          if (asked < 20) ask();
        } else {
          EXPECT_EQ(h.tick.n, next[index_of(h.tick.symbol)]++);
        }
      }
    }
    EXPECT_EQ(asked, 20u);
  };
  std::thread first(shard, 0), second(shard, 1);
  for (int i = 0; i < ticks; ++i) {
    m.trade(names[i % 5], i);
    if (i % 100 == 0) m.to.commit();
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  over = true;
  std::atomic<bool> joined{false};
  std::thread joiner([&] { first.join(), second.join(), joined = true; });
  while (!joined && std::chrono::steady_clock::now() < deadline) m.to.commit();
  EXPECT_TRUE(joined) << "the shards did not get all their answers";
  over = true;
  joiner.join();
  EXPECT_EQ(m.lanes[0]->dropped_total() + m.lanes[1]->dropped_total(), 0u);
}

}  // namespace
}  // namespace tickcast::feed
