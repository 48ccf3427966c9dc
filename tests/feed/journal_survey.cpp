#include "feed/journal_survey.hpp"

#include <gtest/gtest.h>

#include "recording.hpp"

namespace tickcast::feed {
namespace {

// Several small files; A has 60 ticks, two a block, RARE one at the start.
std::string record(const place& here) {
  journal_settings small = in(here.directory());
  small.file_bytes = 1500;
  recorded r{small};
  r.trade("RARE", 1);
  for (int i = 1; i <= 60; ++i) {
    r.trade("A", i);
    if (i % 2 == 0) r.to.commit();
  }
  return here.killed("killed");
}

void change(const std::string& path, std::size_t at) {
  std::string bytes = bytes_of(path);
  ASSERT_LT(at, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  write_bytes(path, bytes);
}

// The offset of the n-th block of ticks in a file.
std::uint64_t ticks_block(const std::string& directory, std::uint32_t file, int n) {
  journal_reader reader{directory, {file}};
  while (reader.next() == journal_step::block)
    if (reader.kind() == block_kind::ticks && n-- == 0) return reader.offset();
  ADD_FAILURE() << "there is no such block";
  return 0;
}

std::string lost(const journal_survey& found) {
  std::string text;
  for (const auto& gone : found.lost)
    text += gone.symbol + " " + std::to_string(gone.first) + "-" + std::to_string(gone.last) + "; ";
  return text + (found.more_may_be_lost ? "and perhaps more" : "");
}

TEST(JournalSurvey, CountsAWholeJournal) {
  const place here;
  const std::string killed = record(here);
  const journal_survey found = survey_journal(killed);
  EXPECT_EQ(found.ticks, 61u);
  EXPECT_EQ(found.epochs, 1u);
  EXPECT_EQ(found.symbols, 2u);
  EXPECT_GT(found.files.size(), 3u);
  EXPECT_TRUE(found.holes.empty());
  EXPECT_EQ(lost(found), "");
  EXPECT_EQ(found.tail.bytes, 0u);
  EXPECT_THROW(survey_journal(here.directory("missing")), journal_error);
}

TEST(JournalSurvey, RepairsADamagedBlockAndTheNumbersGoOn) {
  const place here;
  const std::string killed = record(here);
  const std::string epoch = journal{in(killed)}.epoch();
  const std::string path = journal_path(killed, 2);
  const std::string damaged_bytes = [&] {
    change(path, ticks_block(killed, 2, 1) + 100);
    return bytes_of(path);
  }();
  const journal_survey before = survey_journal(killed);
  ASSERT_EQ(before.holes.size(), 1u);
  EXPECT_EQ(before.holes[0].file, 2u);
  EXPECT_EQ(before.holes[0].bytes, 3 * journal_line);
  ASSERT_EQ(before.lost.size(), 1u);
  EXPECT_EQ(before.lost[0].symbol, "A");
  EXPECT_EQ(before.lost[0].last, before.lost[0].first + 1);
  EXPECT_FALSE(before.more_may_be_lost);

  EXPECT_EQ(lost(repair_journal(killed)), lost(before));
  EXPECT_EQ(bytes_of(path + ".damaged"), damaged_bytes);
  const journal_survey after = survey_journal(killed);
  EXPECT_TRUE(after.holes.empty());
  ASSERT_EQ(after.repaired.size(), 1u);
  EXPECT_EQ(after.repaired[0].bytes, 3 * journal_line);
  EXPECT_EQ(after.ticks, 59u);
  EXPECT_EQ(lost(after), lost(before));

  recorded r{killed};
  EXPECT_EQ(r.recorder->epoch(), epoch);
  const std::string kept = r.kept("A");
  EXPECT_TRUE(kept.starts_with("60: " + std::to_string(before.lost[0].last + 1) + " ")) << kept;
  EXPECT_EQ(r.kept("RARE"), "1: 1 1;");
}

TEST(JournalSurvey, EndsTheEpochWhenTheLastNumbersMayBeLost) {
  const place here;
  const std::string killed = record(here);
  const std::uint32_t last = journal_files(killed).back();
  const std::string epoch = journal{in(killed)}.epoch();
  {
    recorded r{killed};
    r.trade("A", 61);
    r.to.commit();
    r.trade("RARE", 2);  // something to stand behind the damage
    r.to.commit();
    std::filesystem::copy(killed, here.directory("damaged"));
  }
  const std::string damaged = here.directory("damaged");
  change(journal_path(damaged, last), ticks_block(damaged, last, 0) + 64);
  EXPECT_THROW(recorded{damaged}, journal_error);
  EXPECT_TRUE(repair_journal(damaged).more_may_be_lost);
  recorded r{damaged};
  EXPECT_NE(r.recorder->epoch(), epoch);
  EXPECT_EQ(r.kept("RARE"), "0:");
}

TEST(JournalSurvey, RepairsWhateverByteIsChanged) {
  const place here;
  const std::string killed = record(here);
  const auto files = journal_files(killed);
  for (const std::uint32_t file : files) {
    if (file == files.back()) continue;
    const std::string path = journal_path(killed, file);
    const std::string whole = bytes_of(path);
    for (std::size_t at = 0; at < whole.size(); at += 37) {
      change(path, at);
      ASSERT_EQ(survey_journal(killed).holes.size(), 1u) << file << " " << at;
      repair_journal(killed);
      const journal_survey after = survey_journal(killed);
      ASSERT_TRUE(after.holes.empty()) << file << " " << at << ": " << after.holes[0].what;
      ASSERT_GE(after.ticks, 55u);
      ASSERT_FALSE(after.more_may_be_lost);
      write_bytes(path, whole);
      std::filesystem::remove(path + ".damaged");
    }
  }
}

TEST(JournalSurvey, RepairsAFileThatIsGoneEmptyOrNotReadableAtAll) {
  const place here;
  const std::string killed = record(here);
  const std::string path = journal_path(killed, 2);
  const std::string whole = bytes_of(path);
  for (const char* how : {"gone", "empty", "noise"}) {
    if (how == std::string_view{"gone"}) std::filesystem::remove(path);
    if (how == std::string_view{"empty"}) write_bytes(path, "");
    if (how == std::string_view{"noise"}) write_bytes(path, std::string(1000, 'x'));
    ASSERT_EQ(survey_journal(killed).holes.size(), 1u) << how;
    repair_journal(killed);
    const journal_survey after = survey_journal(killed);
    EXPECT_TRUE(after.holes.empty()) << how;
    EXPECT_GT(after.ticks, 40u);
    EXPECT_FALSE(after.more_may_be_lost);
  }
}

TEST(JournalSurvey, RefusesToRepairWhatIsBeingWritten) {
  const place here;
  const recorded r{here.directory()};
  EXPECT_THROW(repair_journal(here.directory()), journal_error);
  EXPECT_THROW(repair_journal(here.directory("missing")), journal_error);
  EXPECT_FALSE(std::filesystem::exists(here.directory("missing")));
}

TEST(JournalSurvey, LosesNoNameThatTheNewestFileKnows) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 3000;
  std::string killed, epoch;
  {
    recorded r{small};
    epoch = r.recorder->epoch();
    for (const char* name : {"AAA", "BBB", "CCC"}) r.trade(name, 1), r.to.commit();
    for (int i = 2; i <= 40; ++i) r.trade("AAA", i), r.trade("BBB", i), r.to.commit();
    killed = here.killed("killed");
  }
  ASSERT_GT(journal_files(killed).size(), 1u);
  int block = 0;
  std::uint64_t second = 0;
  for (journal_reader reader{killed, {1}}; reader.next() == journal_step::block;)
    if (reader.kind() == block_kind::symbols && ++block == 2) second = reader.offset();
  ASSERT_GT(second, 0u);
  change(journal_path(killed, 1), second + 70);
  repair_journal(killed);
  {
    recorded r{in(killed)};
    EXPECT_EQ(r.recorder->epoch(), epoch);
    ASSERT_EQ(r.symbols.size(), 3u);
    EXPECT_EQ(r.symbols.name(wire::symbol_id{1}), "BBB");
    EXPECT_TRUE(r.kept("BBB").starts_with("40:")) << r.kept("BBB");
    r.trade("BBB", 41);
    EXPECT_TRUE(r.kept("BBB").starts_with("41:")) << r.kept("BBB");
  }
  EXPECT_TRUE(survey_journal(killed).holes.empty());
}

}  // namespace
}  // namespace tickcast::feed
