#include "feed/journal.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "heap.hpp"
#include "feed/journal_survey.hpp"
#include "recording.hpp"

namespace tickcast::feed {
namespace {

// Why a journal is not taken; "taken" if it is.
std::string refused(const std::string& directory) {
  try {
    recorded r{directory};
  } catch (const journal_error& error) {
    return error.what();
  }
  return "taken";
}

// What the head of a file says of its writer, said otherwise.
template <class Change>
void change_opening(const std::string& path, Change change) {
  std::string bytes = bytes_of(path);
  block_head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  opening by;
  std::memcpy(&by, bytes.data() + sizeof head, sizeof by);
  change(by);
  head = sealed(head.kind, head.epoch, head.number, head.file, &by, 1);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &by, sizeof by);
  write_bytes(path, bytes);
}

TEST(Journal, GoesOnWithEpochNamesAndNumbers) {
  const place here;
  std::string epoch;
  {
    recorded r{here.directory()};
    epoch = r.recorder->epoch();
    EXPECT_EQ(epoch.size(), 16u);
    r.to.resolve("SILENT");
    r.trade("A", 1), r.trade("A", 2), r.quote("A", 3), r.trade("B", 4);
  }
  for (int restarts = 0; restarts < 3; ++restarts) {
    recorded r{here.directory()};
    EXPECT_EQ(r.recorder->epoch(), epoch);
    ASSERT_EQ(r.symbols.size(), 3u);
    EXPECT_EQ(r.symbols.name(wire::symbol_id{0}), "SILENT");
    EXPECT_EQ(r.symbols.name(wire::symbol_id{1}), "A");
    EXPECT_EQ(r.kept("A"), "2: 1 1; 2 2;");
    EXPECT_EQ(r.kept("A", wire::channel::quotes), "1: 1 3;");
  }
  recorded r{here.directory()};
  r.trade("A", 5), r.quote("B", 6);
  EXPECT_EQ(r.kept("A"), "3: 1 1; 2 2; 3 5;");
  EXPECT_EQ(r.kept("B", wire::channel::quotes), "1: 1 6;");
}

TEST(Journal, HoldsEveryTickBeforeAnybodyIsToldOfIt) {
  const place here;
  recorded r{here.directory()};
  r.open(0, "A");
  for (int i = 1; i <= 3; ++i) r.trade("A", i);
  EXPECT_EQ(told(here.killed("pending")), "head; end") << "one write a batch, not one a tick";
  r.ask(wire::request_kind::open, 0, wire::channel::trades, {by_name("A")});
  r.to.serve_inbox();
  EXPECT_EQ(told(here.killed("asked")), "head; symbols; ticks A1 A2 A3; end") << "an answer tells of numbers";
  for (int i = 0; i < 1000; ++i) r.trade("A", 1);  // the lane gets some before the turn ends
  const auto got = r.hear();
  ASSERT_GT(got.size(), 500u);
  recorded after{here.killed("full")};
  EXPECT_GE(std::stoull(after.kept("A")), got.back().tick.n);
}

TEST(Journal, TakesBackNotesAndBothTimes) {
  const place here;
  const std::string id(150, 'x');
  {
    recorded r{here.directory()};
    r.trade("A", 1, with_id("short"), {7'000, 2});
    r.trade("A", 2, {}, {8'000, 3});
    r.trade("A", 3, with_id(id), {9'000, 4});
  }
  recorded r{here.directory()};
  EXPECT_EQ(r.kept("A"), "3: 1 1short; 2 2; 3 3" + id + ";");
  journal_reader reader{here.directory()};
  std::string times;
  while (reader.next() == journal_step::block)
    if (reader.kind() == block_kind::ticks)
      reader.each_tick([&](const wire::tick& t, const wire::notes&) {
        times += std::to_string(t.venue_ns) + "/" + std::to_string(t.arrived_ns) + " ";
      });
  EXPECT_EQ(times, "7000/7000 8000/8000 9000/9000 ") << "the time of receipt is Unix time";
}

TEST(Journal, GivesTheLastTickBackWithoutAnAge) {
  const place here;
  { recorded{here.directory()}.trade("A", 1); }
  recorded r{here.directory()};
  r.ask(wire::request_kind::open, 0, wire::channel::trades, {by_name("A")});
  r.to.serve_inbox();
  const auto got = r.hear();
  wire::notes none;
  EXPECT_EQ(got.at(0).answer->streams.at(0).ticks.front(none).arrived_ns, 0);
}

TEST(Journal, CutsATornLastBlockWhereverItWasTorn) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  const std::string whole = bytes_of(path);
  const std::size_t block = 3 * journal_line;
  const std::string epoch = journal{in(killed)}.epoch();
  for (std::size_t length = whole.size() - block; length < whole.size(); ++length) {
    write_bytes(path, std::string_view{whole}.substr(0, length));
    {
      recorded r{killed};
      ASSERT_EQ(r.recorder->epoch(), epoch) << length;
      ASSERT_EQ(r.kept("A"), "2: 1 1; 2 3;") << length;
      r.trade("A", 6);
    }
    ASSERT_EQ(told(killed), "head; symbols; ticks A1 B1; ticks A2; resumed; ticks A3; seal; end") << length;
  }
}

// A process can be killed at any moment: between two writes, and inside of each.
TEST(Journal, IsAPrefixOfItselfWhereverItIsCut) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  const std::string whole = bytes_of(path);
  const std::string all = told(killed);
  const std::string ticks = all.substr(0, all.rfind("end"));
  for (std::size_t length = 2 * journal_line; length <= whole.size(); ++length) {
    write_bytes(path, std::string_view{whole}.substr(0, length));
    const std::string got = told(killed);
    ASSERT_EQ(ticks.find(got.substr(0, got.rfind("end"))), 0u) << length << ": " << got;
  }
}

TEST(Journal, DoesNotGoOnFromAHeadThatIsNotWhole) {
  const place here;
  {
    recorded r{here.directory()};
    r.trade("A", 1);
  }
  journal_settings small = in(here.directory());
  small.file_bytes = 1;
  {
    recorded r{small};  // a second file, whose head has names and last ticks
    r.trade("A", 2);
    r.to.commit();
    here.killed("killed");
  }
  const std::string killed = here.directory("killed");
  const std::string path = journal_path(killed, 2);
  const std::string head = bytes_of(path);
  const std::string epoch = journal{in(killed)}.epoch();
  for (std::size_t length = 0; length < head.size(); length += 16) {
    write_bytes(path, std::string_view{head}.substr(0, length));
    ASSERT_NE(journal{in(killed)}.epoch(), epoch) << length;
    std::filesystem::remove(path + ".damaged");
  }
}

TEST(Journal, BeginsANewEpochWhenWhatSomebodyMayHaveHeardOfHasGoneBad) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  const std::string whole = bytes_of(path);
  const std::string epoch = journal{in(killed)}.epoch();
  for (std::size_t at = whole.size() - 3 * journal_line; at < whole.size(); at += 5) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    write_bytes(path, changed);
    std::filesystem::remove(journal_path(killed, 2));
    recorded r{killed};
    ASSERT_NE(r.recorder->epoch(), epoch) << at;
    EXPECT_EQ(r.symbols.size(), 0u);
    ASSERT_EQ(bytes_of(path).size(), whole.size() - 3 * journal_line);
  }
}

TEST(Journal, IsRefusedWhenAnythingBeforeItsLastBlockHasChanged) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  const std::string whole = bytes_of(path);
  for (std::size_t at = 0; at < whole.size() - 3 * journal_line; at += 3) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    write_bytes(path, changed);
    const std::string sentence = refused(killed);
    ASSERT_TRUE(sentence.starts_with("journal: " + path + " is damaged at offset ")) << at << ": " << sentence;
    ASSERT_NE(sentence.find("\"tickcast journal repair " + killed + "\""), sentence.npos) << sentence;
    ASSERT_EQ(bytes_of(path), changed) << "nothing is changed";
  }
}

TEST(Journal, SeesABlockThatIsMissingRepeatedOrInAnotherFile) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  const std::string whole = bytes_of(path);
  const std::size_t middle = whole.size() - 5 * journal_line, last = whole.size() - 3 * journal_line;
  write_bytes(path, whole.substr(0, middle) + whole.substr(last));
  EXPECT_NE(refused(killed).find("blocks are missing in front of this one"), std::string::npos);
  write_bytes(path, whole + whole.substr(middle, 2 * journal_line));
  EXPECT_NE(refused(killed).find("the block here is an old one"), std::string::npos);
  write_bytes(path, whole);
  std::filesystem::rename(path, journal_path(killed, 2));
  EXPECT_NE(refused(killed).find("belongs to another file"), std::string::npos);
}

TEST(Journal, LeavesWhatAnotherVersionWroteAlone) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string path = journal_path(killed, 1);
  change_opening(path, [](opening& by) { ++by.version; });
  const std::string whole = bytes_of(path);
  EXPECT_EQ(refused(killed), "journal: " + path + ": another version of tickcast wrote this; go on with that version, "
                             "or record in another directory");
  EXPECT_THROW(repair_journal(killed), journal_error);
  EXPECT_EQ(bytes_of(path), whole);
}

TEST(Journal, RefusesASecondProcess) {
  const place here;
  const recorded r{here.directory()};
  EXPECT_EQ(refused(here.directory()), "journal: another process writes to " + here.directory() +
                                           "; end it first, or name another directory");
}

TEST(Journal, RefusesWhatIsNoDirectory) {
  const place here;
  write_bytes(here.directory("file"), "x");
  EXPECT_EQ(refused(here.directory("file")), "journal: cannot open " + here.directory("file") + ": Not a directory");
  EXPECT_TRUE(refused(here.directory("file") + "/below").starts_with("journal: cannot open "));
}

TEST(Journal, SaysWhenTheSymbolTableIsTooSmall) {
  const place here;
  {
    recorded r{here.directory()};
    for (const char* name : {"A", "B", "C"}) r.trade(name, 1);
  }
  try {
    recorded r{in(here.directory()), 2};
    FAIL() << "taken";
  } catch (const journal_error& error) {
    EXPECT_STREQ(error.what(), "journal: it names more symbols than max_symbols = 2 allows; raise it to 3");
  }
}

// Files may not grow beyond this, as on a disk that is full.
class full_disk {
 public:
  explicit full_disk(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int);
  rlimit limit_{};
};

TEST(Journal, IsAbandonedOnAFullDiskAndTheNextEpochIsAnother) {
  const place here;
  std::string epoch;
  {
    recorded r{here.directory()};
    epoch = r.recorder->epoch();
    r.trade("A", 1);
    r.to.commit();
    {
      const full_disk now{1000};
      for (int i = 2; i <= 100; ++i) r.trade("A", i), r.to.commit();
    }
    EXPECT_EQ(r.recorder->counts().failed.value(), 1u);
    r.trade("A", 101);
    r.to.commit();
    EXPECT_TRUE(r.kept("A").ends_with(" 101 101;")) << "the market goes on";
    here.killed("killed");
  }
  for (const char* name : {"journal", "killed"}) {
    std::string after;
    {
      recorded r{here.directory(name)};
      after = r.recorder->epoch();
      EXPECT_NE(after, epoch);
      EXPECT_EQ(r.kept("A"), "0:");
      r.trade("A", 1);
    }
    recorded r{here.directory(name)};
    EXPECT_EQ(r.recorder->epoch(), after) << "the note of it is gone";
    EXPECT_EQ(r.kept("A"), "1: 1 1;");
  }
}

TEST(Journal, IsAbandonedWhenANewFileCannotBegin) {
  const place here;
  journal_settings small = in(here.directory());
  small.file_bytes = 1024;
  recorded r{small};
  const std::string epoch = r.recorder->epoch();
  std::filesystem::create_directory(journal_path(here.directory(), 2) + ".new");
  for (int i = 1; i <= 100; ++i) r.trade("A", i), r.to.commit();
  EXPECT_EQ(r.recorder->counts().failed.value(), 1u);
  const std::string killed = here.killed("killed");
  EXPECT_NE(journal{in(killed)}.epoch(), epoch);
}

// As if the machine had been started anew since the file was written.
void change_boot(const std::string& path, bool synced) {
  change_opening(path, [synced](opening& by) {
    std::memcpy(by.boot, "another", 8);
    by.synced = synced;
  });
}

TEST(Journal, BeginsANewEpochWhenTheMachineWentDownUnsynced) {
  const place here;
  const std::string killed = three_batches(here);
  const std::string epoch = journal{in(killed)}.epoch();
  change_boot(journal_path(killed, 1), true);
  EXPECT_EQ(journal{in(killed)}.epoch(), epoch) << "all was synced before anybody was told";
  change_boot(journal_path(killed, 1), false);
  EXPECT_NE(journal{in(killed)}.epoch(), epoch);
  change_boot(journal_path(here.directory(), 1), false);
  EXPECT_EQ(journal{in(here.directory())}.epoch(), epoch) << "it was ended in order";
}

TEST(Journal, SyncsBeforeAnybodyIsToldWhenItIsAskedTo) {
  const place here;
  journal_settings always = in(here.directory());
  always.sync = journal_sync::always;
  recorded r{always};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    r.trade("A", 1);
    r.to.commit();
    EXPECT_EQ(r.recorder->counts().syncs.value(), i);
  }
}

TEST(Journal, SyncsAtItsPace) {
  const place here;
  journal_settings often = in(here.directory());
  often.sync_pace = std::chrono::milliseconds{1};
  recorded r{often};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (r.recorder->counts().syncs.value() < 3) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    r.trade("A", 1);
    r.to.commit();
  }
}

TEST(Journal, AllocatesNothingPerTick) {
  const place here;
  recorded r{here.directory()};
  r.open(0, "A");
  const wire::notes id = with_id("T1");
  const auto batch = [&] {
    for (int i = 0; i < 100; ++i) r.trade("A", i, id);
    r.to.commit();
    std::vector<wire::record> got(1024);
    r.lanes[0]->take(got);
  };
  for (int i = 0; i < 100; ++i) batch();
  std::vector<wire::record> got(1024);
  const std::uint64_t before = allocations();
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 100; ++k) r.trade("A", k, id);
    r.to.commit();
    while (r.lanes[0]->take(got) > 0) {
    }
  }
  EXPECT_EQ(allocations() - before, 0u);
}

}  // namespace
}  // namespace tickcast::feed
