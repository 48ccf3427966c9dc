// A journal of several files: when one begins, what it is worth alone, which are kept and taken back.
#include "feed/journal.hpp"

#include <gtest/gtest.h>

#include "recording.hpp"

namespace tickcast::feed {
namespace {

TEST(JournalFiles, BeginsANewFileAtItsSizeAndEachCanBeUnderstoodAlone) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 4096;
  std::string kept, epoch;
  {
    recorded r{small};
    epoch = r.recorder->epoch();
    r.trade("RARE", 7, with_id("once"));
    for (int i = 1; i <= 500; ++i) {
      r.trade("A", i), r.quote("A", i);
      if (i % 10 == 0) r.to.commit();
    }
    kept = r.kept("A");
  }
  const auto files = journal_files(here.directory());
  ASSERT_GT(files.size(), 10u);
  {
    recorded r{small};
    EXPECT_EQ(r.kept("A"), kept);
    EXPECT_EQ(r.kept("RARE"), "1: 1 7once;");
  }
  for (std::size_t i = 0; i + 1 < files.size(); ++i) std::filesystem::remove(journal_path(here.directory(), files[i]));
  recorded r{small};
  EXPECT_EQ(r.recorder->epoch(), epoch);
  EXPECT_TRUE(r.kept("A").starts_with("500:")) << r.kept("A");
  EXPECT_EQ(r.kept("RARE"), "1: 1 7once;");
  r.trade("RARE", 8);
  EXPECT_EQ(r.kept("RARE"), "2: 1 7once; 2 8;");
}

TEST(JournalFiles, PutsMoreIntoAFileThanItsHead) {
  const place here;
  journal_settings tiny = in(here.directory());
  tiny.file_bytes = 1;
  recorded r{tiny};
  for (int i = 0; i < 900; ++i) r.to.resolve("S" + std::to_string(i));
  for (int i = 1; i <= 1000; ++i) r.trade("S1", i), r.to.commit();
  EXPECT_LT(journal_files(here.directory()).size(), 6u);
}

TEST(JournalFiles, TakesBackAsMuchOfThePastAsMayBeKept) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 4096;
  {
    recorded r{small};
    for (int i = 1; i <= 500; ++i) r.trade("A", i), r.to.commit();
  }
  wire::symbol_table symbols{10};
  wire::inbox inbox;
  wire::lane lane{1000};
  journal again{small};
  sequencer to{symbols, inbox, {&lane}, 20'000};
  journal_reader past = again.past(20'000);
  ASSERT_EQ(past.next(), journal_step::block);
  EXPECT_GT(past.file(), 1u);
  to.restore(again);
  EXPECT_EQ(symbols.size(), 1u);
}

TEST(JournalFiles, IgnoresAFileWhoseHeadWasNeverFinished) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string unfinished = journal_path(killed, 2) + ".new";
  write_bytes(unfinished, bytes_of(journal_path(killed, 1)).substr(0, 200));
  recorded r{killed};
  EXPECT_EQ(r.kept("A"), "3: 1 1; 2 3; 3 4;");
  EXPECT_FALSE(std::filesystem::exists(unfinished));
}

TEST(JournalFiles, DeletesTheOldestFilesBeyondWhatIsKept) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 4096;
  small.keep_bytes = 30'000;
  small.sync_pace = std::chrono::milliseconds{1};
  recorded r{small};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (int i = 1; journal_files(small.directory).front() < 5; ++i) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    for (int k = 0; k < 20; ++k) r.trade("A", i);
    r.to.commit();
  }
  const auto files = journal_files(small.directory);
  for (std::size_t i = 1; i < files.size(); ++i) ASSERT_EQ(files[i], files[i - 1] + 1);
}

}  // namespace
}  // namespace tickcast::feed
