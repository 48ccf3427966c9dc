// Books in a journal: a restart has them, from whatever file it can begin, and so has whoever plays it.
#include "feed/journal.hpp"

#include <gtest/gtest.h>

#include <random>

#include "feed/journal_source.hpp"
#include "recording.hpp"

namespace tickcast::feed {
namespace {

using wire::book_side;

// Some hundred changes of two books, and what they amount to.
wire::book record(recorded& r, std::uint64_t seed, int events) {
  std::mt19937_64 dice{seed};
  event e;
  for (int i = 0; i < events; ++i) {
    e.name = i % 4 ? "A" : "B";
    e.tick.kind = wire::record_kind::book;
    e.whole = i < 2;
    e.levels.clear();
    for (book_side s : wire::book_sides) {
      const auto away = static_cast<std::int64_t>(dice() % 60);
      e.levels.push_back({s, {s == book_side::bid ? 1000 - away : 1001 + away, -2}, {static_cast<std::int64_t>(dice() % 5), -1}});
    }
    EXPECT_EQ(r.to.publish(e, {1'000'000'000 + i, 1}), verdict::taken);
    r.to.commit();
  }
  r.ask(wire::request_kind::open, 0, wire::channel::book, {by_name("A")});
  r.to.serve_inbox();
  return r.hear().back().answer->streams.at(0).book->levels;
}

wire::stream_state shown(recorded& r, std::optional<wire::sequence> after = {}) {
  auto wanted = by_name("A");
  wanted.after = after;
  r.ask(wire::request_kind::open, 0, wire::channel::book, {wanted});
  r.to.serve_inbox();
  return r.hear().back().answer->streams.at(0);
}

TEST(JournalBooks, AreThereAgainAfterARestartWithWhatLedToThem) {
  const place here;
  wire::book due;
  wire::sequence last = 0;
  {
    recorded r{here.directory()};
    due = record(r, 1, 400);
    last = shown(r).last;
  }
  recorded r{here.directory()};
  const auto state = shown(r, last - 3);
  EXPECT_EQ(state.last, last);
  EXPECT_EQ(state.book->levels, due);
  EXPECT_TRUE(state.recovered);
  std::string numbers;
  state.ticks.each([&](const wire::tick& t, std::string_view) { numbers += std::to_string(last - t.n) + " "; });
  EXPECT_EQ(numbers, "2 1 0 ");
}

TEST(JournalBooks, AreWholeAtTheBeginningOfEachFile) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 4096;
  wire::book due;
  wire::sequence last = 0;
  {
    recorded r{small};
    due = record(r, 2, 600);
    last = shown(r).last;
  }
  const auto files = journal_files(here.directory());
  ASSERT_GT(files.size(), 3u);
  for (std::size_t i = 0; i + 1 < files.size(); ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "/%06u.journal", files[i]);
    ASSERT_TRUE(std::filesystem::remove(here.directory() + name));
    recorded r{small};
    const auto state = shown(r);
    EXPECT_EQ(state.last, last);
    ASSERT_TRUE(state.book);
    EXPECT_EQ(state.book->levels, due) << "without its first " << i + 1 << " files";
  }
}

TEST(JournalBooks, ArePlayedAsTheyWereFromWhateverFileItBeginsWith) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 4096;
  wire::book due;
  {
    recorded r{small};
    due = record(r, 3, 600);
  }
  const auto files = journal_files(here.directory());
  ASSERT_GT(files.size(), 2u);
  for (const bool beheaded : {false, true}) {
    if (beheaded) {
      char name[32];
      std::snprintf(name, sizeof name, "/%06u.journal", files[0]);
      ASSERT_TRUE(std::filesystem::remove(here.directory() + name));
    }
    boost::asio::io_context io{1};
    market m;
    const auto symbol = m.open(0, "A", wire::channel::book);
    journal_source source("journal:x", {here.directory(), 0}, io, m.to);
    source.start();
    ASSERT_TRUE(run_until(io, [&] { return source.ended(); }));
    EXPECT_EQ(source.counts().bad_input.value(), 0u);
    wire::book kept;
    wire::sequence n = 0;
    for (const heard& h : m.hear()) {
      ASSERT_EQ(h.tick.symbol, symbol);
      ASSERT_EQ(h.tick.n, ++n);
      wire::each_level(h.tick, h.notes.bytes(), [&](const wire::level_step& s) { kept.apply(s.change); });
      ASSERT_FALSE(kept.crossed());
    }
    EXPECT_EQ(kept, due) << (beheaded ? "from its second file" : "from the beginning");
  }
}

}  // namespace
}  // namespace tickcast::feed
