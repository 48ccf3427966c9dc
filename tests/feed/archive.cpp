#include "feed/archive.hpp"

#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include <gmock/gmock.h>

#include "bars.hpp"

namespace tickcast::feed {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::period;

class Archive : public testing::Test {
 protected:
  Archive() { std::filesystem::remove_all(home_); std::filesystem::create_directories(home_); }
  ~Archive() override { std::filesystem::remove_all(home_); }

  history_settings in_file() const {
    history_settings how;
    how.path = path_;
    how.flush = 5ms;
    return how;
  }
  archive& open(history_settings how, std::string_view epoch = "one") {
    of_.reset();
    of_.emplace(std::move(how), symbols_, epoch);
    return *of_;
  }
  archive& start(history_settings how, std::string_view epoch = "one") {
    open(std::move(how), epoch).start();
    return *of_;
  }
  wire::bar_page ask(wire::bar_query which) {
    std::promise<wire::bar_page> promised;
    of_->find(std::move(which), [&](wire::bar_page page) { promised.set_value(std::move(page)); });
    auto future = promised.get_future();
    EXPECT_EQ(future.wait_for(20s), std::future_status::ready) << "the archive does not answer";
    return future.get();
  }
  wire::symbol_page list(wire::symbol_query which) {
    std::promise<wire::symbol_page> promised;
    of_->list(std::move(which), [&](wire::symbol_page page) { promised.set_value(std::move(page)); });
    auto future = promised.get_future();
    EXPECT_EQ(future.wait_for(20s), std::future_status::ready) << "the archive does not answer";
    return future.get();
  }
  static std::vector<std::string> texts(const std::vector<wire::bar>& bars) {
    std::vector<std::string> out;
    for (const wire::bar& b : bars) out.push_back(text_of(b));
    return out;
  }
  std::vector<std::string> found(period p, std::int64_t from = 0, std::int64_t to = INT64_MAX, std::size_t limit = 5000) {
    return texts(ask({"AAPL", p, from, to, limit}).bars);
  }
  std::vector<std::string> recent(std::size_t newest) {
    std::vector<std::string> out;
    of_->each_recent(newest, [&](std::string_view name, const wire::bar& b) { out.push_back(std::string{name} + " " + text_of(b)); });
    return out;
  }
  template <class Condition>
  void wait_for(Condition holds, const char* what) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
      std::this_thread::sleep_for(1ms);
    }
  }
  std::string refused(history_settings how) {
    try {
      const archive a{std::move(how), symbols_, "one"};
    } catch (const history_error& e) {
      return e.what();
    }
    return "taken";
  }
  void sql(const char* text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(::sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(::sqlite3_exec(db, text, nullptr, nullptr, nullptr), SQLITE_OK) << ::sqlite3_errmsg(db);
    ::sqlite3_close(db);
  }

  const std::filesystem::path home_ = std::filesystem::path{testing::TempDir()} / ("tickcast-archive-" + std::to_string(::getpid()));
  const std::string path_ = (home_ / "bars.db").string();
  wire::symbol_table symbols_{1000};
  const wire::symbol_id aapl_ = *symbols_.append("AAPL"), msft_ = *symbols_.append("MSFT");
  std::optional<archive> of_;
};

TEST_F(Archive, FindsWhatItWasToldAtOnce) {
  history_settings slow = in_file();
  slow.flush = 1h;
  archive& a = start(slow);
  a.keep(bar_of(aapl_, period::m1, 0));
  a.keep(bar_of(aapl_, period::m1, 1));
  a.keep(bar_of(aapl_, period::m1, 2, false));
  a.keep(bar_of(msft_, period::m1, 0));
  EXPECT_THAT(found(period::m1), ElementsAre(text_of(bar_of(aapl_, period::m1, 0)), text_of(bar_of(aapl_, period::m1, 1)),
                                             text_of(bar_of(aapl_, period::m1, 2, false))));
  EXPECT_THAT(found(period::m5), ElementsAre());
}

TEST_F(Archive, FindsThemOnTheDiskJustSo) {
  archive& a = start(in_file());
  for (std::int64_t i = 0; i < 4; ++i) a.keep(bar_of(aapl_, period::m1, i));
  a.keep(bar_of(aapl_, period::m1, 4, false));
  wait_for([&] { return a.counts().written.value() >= 5; }, "the bars are written");
  EXPECT_EQ(found(period::m1).size(), 5U);
  EXPECT_EQ(found(period::m1).back(), text_of(bar_of(aapl_, period::m1, 4, false)));
  EXPECT_EQ(a.counts().waiting.value(), 0U);
}

TEST_F(Archive, TakesTheNewestOfARange) {
  archive& a = start(in_file());
  for (std::int64_t i = 0; i < 10; ++i) a.keep(bar_of(aapl_, period::m1, i));
  const auto at = [](std::int64_t i) { return noon_ns + i * 60 * second_ns; };
  const auto text = [&](std::int64_t i) { return text_of(bar_of(aapl_, period::m1, i)); };
  for (int round = 0; round < 2; ++round) {  // from memory, or half of it; then from the disk
    EXPECT_THAT(found(period::m1, at(3), at(6)), ElementsAre(text(3), text(4), text(5)));
    EXPECT_THAT(found(period::m1, at(3) + 1, at(6) + 1), ElementsAre(text(4), text(5), text(6)));
    EXPECT_THAT(found(period::m1, 0, at(6), 2), ElementsAre(text(4), text(5)));
    EXPECT_THAT(found(period::m1, at(8)), ElementsAre(text(8), text(9)));
    wait_for([&] { return a.counts().written.value() >= 10; }, "the bars are written");
  }
}

TEST_F(Archive, SaysWhereTheNextOlderBarIsWhenThereIsNone) {
  archive& a = start(in_file());
  a.keep(bar_of(aapl_, period::m1, 0));
  a.keep(bar_of(aapl_, period::m1, 1));
  const std::int64_t later = noon_ns + 3600 * second_ns;
  EXPECT_EQ(ask({"AAPL", period::m1, later, later + second_ns, 10}).before_ns, noon_ns + 60 * second_ns);
  EXPECT_EQ(ask({"AAPL", period::m1, noon_ns - second_ns, noon_ns, 10}).before_ns, 0);
  EXPECT_FALSE(ask({"XXXX", period::m1, 0, INT64_MAX, 10}).known);
  EXPECT_FALSE(ask({"MSFT", period::m1, 0, INT64_MAX, 10}).known);
}

TEST_F(Archive, ReplacesABarThatChangedAfterItWasClosed) {
  archive& a = start(in_file());
  wire::bar b = bar_of(aapl_, period::m1, 0);
  a.keep(b);
  wait_for([&] { return a.counts().written.value() >= 1; }, "the bar is written");
  b.volume = {999, 0};
  a.keep(b);
  EXPECT_THAT(found(period::m1), ElementsAre(text_of(b)));
  wait_for([&] { return a.counts().written.value() >= 2; }, "the bar is written again");
  EXPECT_THAT(found(period::m1), ElementsAre(text_of(b)));
}

TEST_F(Archive, IsTheSameAfterARestart) {
  archive& a = start(in_file());
  for (std::int64_t i = 0; i < 5; ++i) a.keep(bar_of(aapl_, period::s1, i));
  a.keep(bar_of(aapl_, period::m1, 0, false));
  a.keep(bar_of(msft_, period::d1, 0));
  a.stop();  // writes all of it
  open(in_file());
  EXPECT_THAT(recent(100), ElementsAre("AAPL " + text_of(bar_of(aapl_, period::s1, 0)), "AAPL " + text_of(bar_of(aapl_, period::s1, 1)),
                                     "AAPL " + text_of(bar_of(aapl_, period::s1, 2)), "AAPL " + text_of(bar_of(aapl_, period::s1, 3)),
                                     "AAPL " + text_of(bar_of(aapl_, period::s1, 4)), "AAPL " + text_of(bar_of(aapl_, period::m1, 0, false)),
                                     "MSFT " + text_of(bar_of(msft_, period::d1, 0))));
  of_->start();
  EXPECT_EQ(found(period::s1).size(), 5U);
}

TEST_F(Archive, GivesOfEachStreamTheNewestAtTheStart) {
  archive& a = start(in_file());
  for (std::int64_t i = 0; i < 50; ++i) {
    a.keep(bar_of(aapl_, period::s1, i));
    a.keep(bar_of(msft_, period::m1, i));
  }
  a.keep(bar_of(msft_, period::m1, 50, false));
  a.stop();
  open(in_file());
  const auto some = recent(120);  // 10 for each of two symbols' six
  ASSERT_EQ(some.size(), 20U);
  EXPECT_EQ(some[0], "AAPL " + text_of(bar_of(aapl_, period::s1, 40)));
  EXPECT_EQ(some[19], "MSFT " + text_of(bar_of(msft_, period::m1, 50, false)));
}

TEST_F(Archive, TakesAnyNumberOfBarsBeforeItIsStarted) {
  history_settings how = in_file();
  how.queue_places = 8;
  how.waiting_max = 30'000;
  archive& a = open(how);
  for (std::int64_t i = 0; i < 100'000; ++i) a.keep(bar_of(aapl_, period::m1, i));
  EXPECT_EQ(a.counts().forgotten.value() + a.counts().overflowed.value(), 0U);
  a.start();
  EXPECT_EQ(found(period::m1, 0, INT64_MAX, 200'000).size(), 100'000U);
}

TEST_F(Archive, KnowsNoNumbersOfAnotherEpoch) {
  start(in_file()).keep(bar_of(aapl_, period::m1, 0));
  of_->stop();
  start(in_file(), "two").keep(bar_of(aapl_, period::m1, 1));
  const auto page = ask({"AAPL", period::m1, 0, INT64_MAX, 10});
  ASSERT_EQ(page.bars.size(), 2U);
  EXPECT_EQ(page.bars[0].first, 0U);
  EXPECT_EQ(page.bars[0].last, 0U);
  EXPECT_EQ(page.bars[1].last, 17U);
}

TEST_F(Archive, ClosesTheOpenBarByItself) {
  archive& a = start(in_file());
  a.keep(bar_of(aapl_, period::m1, 0, false));
  wait_for([&] { return a.counts().written.value() >= 1; }, "the open bar is written");
  a.keep(bar_of(aapl_, period::m1, 0));
  a.keep(bar_of(aapl_, period::m1, 1, false));
  a.stop();
  open(in_file());
  EXPECT_THAT(recent(10), ElementsAre("AAPL " + text_of(bar_of(aapl_, period::m1, 0)), "AAPL " + text_of(bar_of(aapl_, period::m1, 1, false))));
}

TEST_F(Archive, TakesABarForOverWhenTheNextIsThere) {
  archive& a = start(in_file());
  a.keep(bar_of(aapl_, period::m1, 0, false));
  a.keep(bar_of(aapl_, period::m1, 1, false));
  EXPECT_THAT(found(period::m1), ElementsAre(text_of(bar_of(aapl_, period::m1, 0)), text_of(bar_of(aapl_, period::m1, 1, false))));
}

TEST_F(Archive, ListsSymbolsByName) {
  symbols_.append("aa.b");
  archive& a = start(in_file());
  a.keep(bar_of(aapl_, period::m1, 3));
  const auto names = [](const wire::symbol_page& page) {
    std::vector<std::string> out;
    for (const auto& s : page.symbols) out.push_back(s.symbol);
    return out;
  };
  EXPECT_THAT(names(list({})), ElementsAre("AAPL", "MSFT", "aa.b"));
  EXPECT_THAT(names(list({"aA", wire::name_match::prefix, "", 10})), ElementsAre("AAPL", "aa.b"));
  EXPECT_THAT(names(list({"a", wire::name_match::prefix, "AAPL", 10})), ElementsAre("aa.b"));
  EXPECT_THAT(names(list({"s", wire::name_match::anywhere, "", 10})), ElementsAre("MSFT"));
  EXPECT_THAT(names(list({"p", wire::name_match::exactly, "", 10})), ElementsAre());
  const auto first = list({"", wire::name_match::prefix, "", 1});
  EXPECT_TRUE(first.more);
  ASSERT_EQ(first.symbols.size(), 1U);
  EXPECT_EQ(to_text(first.symbols[0].last), "100.53");
  EXPECT_EQ(first.symbols[0].last_ns, noon_ns + 180 * second_ns);
  EXPECT_EQ(first.symbols[0].digits, 2);
  EXPECT_EQ(list({"MSFT", wire::name_match::exactly, "", 1}).symbols.at(0).last_ns, 0);
}

TEST_F(Archive, PutsPricesOfDifferentPrecisionOnOne) {
  wire::bar b = bar_of(aapl_, period::m1, 0);
  b.open = {1, 2};
  b.high = {1'000'001, -4};
  b.low = {99'999'999, -6};
  b.close = {100, 0};
  start(in_file()).keep(b);
  of_->stop();
  start(in_file());
  EXPECT_THAT(found(period::m1), ElementsAre(text_of(b)));
  EXPECT_EQ(list({}).symbols.at(0).digits, 6);
}

TEST_F(Archive, KeepsEachPeriodAsLongAsItIsTold) {
  history_settings how = in_file();
  how.keep[index_of(period::m1)] = 1h;
  archive& a = start(how);
  for (std::int64_t i = 0; i <= 180; ++i) a.keep(bar_of(aapl_, period::m1, i));
  for (std::int64_t i = 0; i < 3; ++i) a.keep(bar_of(aapl_, period::h1, i));
  wait_for([&] { return a.counts().pruned.value() >= 120; }, "the old bars are deleted");
  EXPECT_EQ(found(period::m1).size(), 61U);
  EXPECT_EQ(found(period::m1).front(), text_of(bar_of(aapl_, period::m1, 120)));
  EXPECT_EQ(found(period::h1).size(), 3U);
}

TEST_F(Archive, LetsTheShortestGoWhenThereIsNoRoom) {
  history_settings how;  // in memory
  how.flush = 5ms;
  how.keep_bytes = 1 << 20;
  archive& a = start(how);
  for (std::int64_t i = 0; i < 60'000; ++i) a.keep(bar_of(aapl_, period::s1, i));
  for (std::int64_t i = 0; i < 1'000; ++i) a.keep(bar_of(aapl_, period::m1, i));
  wait_for([&] { return a.counts().pruned.value() > 0 && a.counts().waiting.value() == 0 && a.counts().bytes.value() <= how.keep_bytes; },
           "it is as small as it is to be");
  EXPECT_EQ(a.counts().forgotten.value() + a.counts().overflowed.value(), 0U);
  EXPECT_EQ(found(period::m1).size(), 1'000U);
  const auto seconds = found(period::s1, 0, INT64_MAX, 100'000);
  EXPECT_LT(seconds.size(), 60'000U);
  EXPECT_GT(seconds.size(), 1'000U);
  EXPECT_EQ(seconds.back(), text_of(bar_of(aapl_, period::s1, 59'999)));
}

// ---- what stands in the way ----

TEST_F(Archive, RefusesAFileThatIsInUse) {
  open(in_file());
  EXPECT_EQ(refused(in_file()), "history: " + path_ + " is in use by another server; give each a file of its own");
}

TEST_F(Archive, RefusesAFileThatAnotherProgramHasLocked) {
  open(in_file());
  of_.reset();
  sqlite3* db = nullptr;
  ASSERT_EQ(::sqlite3_open(path_.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(::sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(refused(in_file()), "history: " + path_ + " is locked by another program; end that first");
  ::sqlite3_close(db);
}

TEST_F(Archive, RefusesWhatIsNoDatabase) {
  std::ofstream{path_} << std::string(5000, 'x');
  EXPECT_EQ(refused(in_file()), "history: " + path_ + " is no SQLite database; name another file, or move this one away");
}

TEST_F(Archive, RefusesTheDatabaseOfAnotherProgram) {
  sql("CREATE TABLE mine(a)");
  EXPECT_EQ(refused(in_file()), "history: " + path_ + " is the database of another program; name another file");
}

TEST_F(Archive, RefusesTheTablesOfAnotherVersion) {
  open(in_file());
  of_.reset();
  sql("PRAGMA user_version=7");
  EXPECT_THAT(refused(in_file()), HasSubstr("has the tables of a newer tickcast (version 7, and this one knows 2); serve it with that one"));
}

TEST_F(Archive, RefusesADamagedFile) {
  archive& a = start(in_file());
  for (std::int64_t i = 0; i < 2'000; ++i) a.keep(bar_of(aapl_, period::m1, i));
  a.stop();
  of_.reset();
  {
    std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(8 * 4096 + 100);
    file << std::string(3000, '\x5a');
  }
  EXPECT_THAT(refused(in_file()), testing::AllOf(HasSubstr("is damaged: "), HasSubstr("restore a copy of it, or move it away")));
}

TEST_F(Archive, RefusesADirectoryAndAPlaceThatCannotBe) {
  history_settings how = in_file();
  how.path = home_.string();
  EXPECT_EQ(refused(how), "history: " + home_.string() + " cannot be opened for writing: Is a directory");
  std::ofstream{home_ / "file"} << "x";
  how.path = (home_ / "file" / "bars.db").string();
  EXPECT_EQ(refused(how), "history: " + how.path + " cannot be opened for writing: Not a directory");
}

// The largest size of a file is the only full disk that a test can make without any rights.
TEST_F(Archive, WaitsInMemoryWhileTheDiskTakesNothing) {
  std::signal(SIGXFSZ, SIG_IGN);
  archive& a = start(in_file());
  a.keep(bar_of(aapl_, period::m1, 0));
  wait_for([&] { return a.counts().written.value() >= 1; }, "the first is written");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit none{1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  for (std::int64_t i = 1; i < 100; ++i) a.keep(bar_of(aapl_, period::m1, i));
  wait_for([&] { return a.counts().failing.value() == 1; }, "the disk is found to be full");
  EXPECT_EQ(found(period::m1).size(), 100U);  // nobody who asks sees any of it
  EXPECT_EQ(a.counts().waiting.value(), 99U);
  EXPECT_EQ(a.counts().forgotten.value(), 0U);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  wait_for([&] { return a.counts().failing.value() == 0 && a.counts().waiting.value() == 0; }, "they are written when it is back");
  of_->stop();
  open(in_file());
  EXPECT_EQ(recent(1'000'000).size(), 100U);
}

}  // namespace
}  // namespace tickcast::feed
