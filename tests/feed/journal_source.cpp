#include "feed/journal_source.hpp"

#include <gtest/gtest.h>

#include "recording.hpp"

namespace tickcast::feed {
namespace {

wire::notes noted(std::string_view id) {
  wire::notes made;
  EXPECT_TRUE(made.add(wire::note_tag::id, id));
  return made;
}

// A journal of two runs, with ticks 30 ms apart by their arrival.
void record(const std::string& directory) {
  journal_settings small = in(directory);
  small.file_bytes = 2048;
  for (int run = 0; run < 2; ++run) {
    recorded r{small};
    for (int i = 0; i < 20; ++i) {
      const std::int64_t at = 1'000'000'000 + (run * 20 + i) * 30'000'000LL;
      r.trade(i % 3 == 0 ? "B" : "A", run * 100 + i, i % 4 == 0 ? noted("id" + std::to_string(i)) : wire::notes{}, {at, 1});
      r.to.commit();
    }
  }
}

struct played {
  explicit played(recorded_settings s) : source("journal:x", std::move(s), io, m.to) {
    m.open(0, "OTHER");  // ids differ from the recorded ones
    m.open(0, "B"), m.open(0, "A");
    source.start();
  }
  std::string all() {
    EXPECT_TRUE(run_until(io, [&] { return source.ended(); }));
    std::string text;
    for (const heard& h : m.hear())
      text += std::string(m.symbols.name(h.tick.symbol)) + std::to_string(h.tick.n) + "=" + price_of(h.tick) + "@" +
              std::to_string(h.tick.venue_ns / 1'000'000) + h.note(wire::note_tag::id) + " ";
    return text;
  }
  boost::asio::io_context io{1};
  market m;
  journal_source source;
};

TEST(JournalSource, PlaysTheSameTicksInTheSameOrderEachTime) {
  const place here;
  record(here.directory());
  const std::string first = played({here.directory(), 0}).all();
  EXPECT_TRUE(first.starts_with("B1=0@1000id0 A1=1@1030 A2=2@1060 B2=3@1090 A3=4@1120id4 ")) << first;
  EXPECT_TRUE(first.ends_with("A26=119@2170 ")) << first;
  EXPECT_EQ(played({here.directory(), 0}).all(), first);
}

TEST(JournalSource, KeepsTheTimesBetweenArrivals) {
  const place here;
  record(here.directory());
  const auto start = std::chrono::steady_clock::now();
  played p{{here.directory(), 10}};
  p.all();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{117});
  EXPECT_EQ(p.source.counts().ticks.value(), 40u);
}

TEST(JournalSource, EndsAtATornBlockAndSaysWhereItIsDamaged) {
  const place here;
  record(here.directory());
  const auto files = journal_files(here.directory());
  const std::string last = journal_path(here.directory(), files.back());
  std::filesystem::resize_file(last, std::filesystem::file_size(last) - 1);
  EXPECT_TRUE(played({here.directory(), 0}).all().ends_with("A26=119@2170 "));
  std::filesystem::resize_file(journal_path(here.directory(), files.front()), 200);
  played p{{here.directory(), 0}};
  p.all();
  EXPECT_LT(p.source.counts().ticks.value(), 40u);
}

TEST(JournalSource, DoesNotStartWithoutAJournal) {
  const place here;
  for (const std::string& directory : {here.directory("missing"), here.directory("")}) {
    boost::asio::io_context io;
    market m;
    journal_source source("journal:x", {directory, 0}, io, m.to);
    EXPECT_THROW(source.start(), journal_error) << directory;
  }
}

TEST(JournalSource, CountsWhatAFullTableRefuses) {
  const place here;
  record(here.directory());
  boost::asio::io_context io;
  market m(1, 1000, 1);
  journal_source source("journal:x", {here.directory(), 0}, io, m.to);
  source.start();
  EXPECT_TRUE(run_until(io, [&] { return source.ended(); }));
  EXPECT_EQ(source.counts().ticks.value(), 14u);
  EXPECT_EQ(source.counts().bad_input.value(), 26u);
  EXPECT_EQ(m.to.refused(), 26u);
}

}  // namespace
}  // namespace tickcast::feed
