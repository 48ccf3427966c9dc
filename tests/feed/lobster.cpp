#include "feed/lobster_book.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "feed/lobster_source.hpp"
#include "feed/order_book.hpp"
#include "market.hpp"
#include "tests/given.hpp"

namespace tickcast::feed {
namespace {

std::string event_of(std::string_view line) {
  lobster_event e;
  if (const char* fault = read_lobster_event(line, e)) return fault;
  return std::to_string(e.after_midnight_ns) + " " + std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.size) + "@" +
         std::to_string(e.price) + (e.buy ? " buy" : " sell");
}

TEST(Lobster, ReadsAnEvent) {
  EXPECT_EQ(event_of("34200.004241176,1,16113575,18,5853300,1"), "34200004241176 1 18@5853300 buy");
  EXPECT_EQ(event_of("34200.25,4,1,5,100,-1\r"), "34200250000000 4 5@100 sell");
  EXPECT_EQ(event_of("34200,7,0,0,-1,-1"), "34200000000000 7 0@-1 sell");
  const char* const bad[][2] = {
      {"", "its time is no number of seconds after midnight"}, {"x,1,1,1,1,1", "its time is no number of seconds after midnight"},
      {"1.-5,1,1,1,1,1", "its time is no number of seconds after midnight"}, {"1,8,1,1,1,1", "its type is none of 1 to 7"},
      {"1,1,1,-1,1,1", "its order, size and price are not whole numbers"}, {"1,1,1,1,1.5,1", "its order, size and price are not whole numbers"},
      {"1,1,1,1,1,0", "its direction is neither 1 nor -1"}, {"1,1,1,1,1", "its direction is neither 1 nor -1"},
      {"1,1,1,1,0,1", "its price is not above 0"}, {"1,7,0,0,2,1", "it is a halt, and its price is none of -1, 0 and 1"}};
  for (const auto& [line, why] : bad) EXPECT_EQ(event_of(line), why) << line;
}

TEST(Lobster, ReadsARowWithAndWithoutAllItsLevels) {
  lobster_row row;
  ASSERT_EQ(read_lobster_row("110,1,90,2,9999999999,0,80,3", row), nullptr);
  EXPECT_EQ(row.columns, 2u);
  EXPECT_EQ(row.asks, (std::vector<lobster_level>{{110, 1}}));
  EXPECT_EQ(row.bids, (std::vector<lobster_level>{{90, 2}, {80, 3}}));
  for (const char* bad : {"", "1,2,3", "1,2,3,4,5", "a,1,1,1"})
    EXPECT_STREQ(read_lobster_row(bad, row), "it is no list of ask price, ask size, bid price and bid size") << bad;
  EXPECT_STREQ(read_lobster_row("110,0,90,1", row), "a level has no price or no size");
}

TEST(Lobster, KnowsFilesByTheirNames) {
  const lobster_name n = lobster_name_of("/d/AAPL_2012-06-21_34200000_57600000_message_10.csv");
  EXPECT_EQ(n.symbol, "AAPL");
  EXPECT_EQ(n.date, "2012-06-21");
  EXPECT_EQ(n.book_path, "/d/AAPL_2012-06-21_34200000_57600000_orderbook_10.csv");
  EXPECT_EQ(lobster_name_of("/message/x.csv").book_path, "");
}

TEST(Lobster, KnowsMidnightInNewYork) {
  const auto hours = [](std::string_view date, std::int64_t midnight_utc_s) {
    return (new_york_midnight_ns(date).value() / 1'000'000'000 - midnight_utc_s) / 3600;
  };
  EXPECT_EQ(hours("2012-06-21", 1340236800), 4);
  EXPECT_EQ(hours("2012-01-03", 1325548800), 5);
  EXPECT_EQ(hours("2012-03-11", 1331424000), 5);  // the clocks go forward at two
  EXPECT_EQ(hours("2012-03-12", 1331510400), 4);
  EXPECT_EQ(hours("2012-11-04", 1351987200), 4);
  EXPECT_EQ(hours("2012-11-05", 1352073600), 5);
  EXPECT_EQ(hours("2006-04-02", 1143936000), 5);
  EXPECT_EQ(hours("2006-04-03", 1144022400), 4);
  EXPECT_EQ(hours("2006-10-30", 1162166400), 5);
  for (const char* bad : {"", "2012", "2012-13-01", "2012-02-30", "2012/02/03", "1980-01-01", "20120-1-01"})
    EXPECT_FALSE(new_york_midnight_ns(bad)) << bad;
}

std::string data_path() { return given::data() / "lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv"; }

// What a client that sees ten levels has after each event is the row that the file has there, made by others than us.
TEST(Lobster, LeadsToTheBookAfterEachOfARealDaysEvents) {
  std::ifstream messages{data_path()}, rows{lobster_name_of(data_path()).book_path};
  if (!messages || !rows) GTEST_SKIP() << "there is no " << data_path();
  lobster_book from;
  order_book kept;
  lobster_event e;
  lobster_row row;
  std::vector<wire::level_change> changes;
  std::vector<wire::level_step> steps;
  std::string line, row_line;
  while (std::getline(messages, line) && std::getline(rows, row_line)) {
    ASSERT_EQ(read_lobster_event(line, e), nullptr);
    ASSERT_EQ(read_lobster_row(row_line, row), nullptr);
    from.take(e, row, changes);
    ASSERT_EQ(kept.change(changes, from.found().events == 1, steps), book_verdict::taken) << line;
    for (wire::book_side s : wire::book_sides) {
      ASSERT_EQ(kept.levels().count(s), row.of(s).size());
      for (std::size_t i = 0; i < row.of(s).size(); ++i) {
        ASSERT_EQ(wire::compare(kept.levels().at(s, i).price, {row.of(s)[i].price, lobster_exponent}), 0) << line;
        ASSERT_EQ(wire::compare(kept.levels().at(s, i).size, {row.of(s)[i].size, 0}), 0) << line;
      }
    }
  }
  const auto& found = from.found();
  EXPECT_EQ(found.events, 999u);
  EXPECT_EQ(found.different, 0u) << "event " << from.first_different();
  EXPECT_EQ(found.equal, 681u);
  EXPECT_EQ(found.came_up, 318u);
  EXPECT_EQ(found.came_up_changed, 2u);
}

class LobsterSource : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "lobster-" + std::to_string(::getpid());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  lobster_settings files(const std::string& messages, const std::string& rows) {
    lobster_settings s;
    s.path = directory_ + "/A_2012-06-21_0_1_message_2.csv";
    s.book_path = lobster_name_of(s.path).book_path;
    s.symbol = "A";
    s.date = "2012-06-21";
    s.speed = 0;
    std::ofstream{s.path} << messages;
    std::ofstream{s.book_path} << rows;
    return s;
  }

  std::string directory_;
  boost::asio::io_context io_;
};

TEST_F(LobsterSource, GivesBooksTradesAndHalts) {
  market m;
  for (wire::channel c : {wire::channel::trades, wire::channel::book, wire::channel::status}) m.open(0, "A", c);
  lobster_source source("lobster:x",
                        files("1,1,1,5,1000000,1\n2.5,4,1,2,1000000,1\nbad\n3,5,0,7,1005000,-1\n4,7,0,0,-1,-1\n5,3,1,3,1000000,1\n",
                              "1010000,1,1000000,5,1020000,1,990000,1\n1010000,1,1000000,3,1020000,1,990000,1\n\n"
                              "1010000,1,1000000,3,1020000,1,990000,1\n1010000,1,1000000,3,1020000,1,990000,1\n"
                              "1010000,1,990000,1,1020000,1,980000,9\n"),
                        io_, m.to);
  source.start();
  ASSERT_TRUE(run_until(io_, [&] { return source.ended(); }));
  std::string all;
  for (const heard& h : m.hear()) {
    if (h.tick.kind == wire::record_kind::trade) {
      all += "trade " + price_of(h.tick) + "x" + std::to_string(h.tick.trade.size) +
             (h.tick.side == wire::trade_side::sell ? " sell" : " buy") + h.note(wire::note_tag::condition) + "; ";
    } else if (h.tick.kind == wire::record_kind::status) {
      all += "status " + std::to_string(static_cast<int>(h.tick.status.state)) + "; ";
    } else {
      all += "book";
      wire::each_level(h.tick, h.notes.bytes(), [&](const wire::level_step& s) {
        all += std::string{s.change.side == wire::book_side::bid ? " b" : " a"} + wire::to_text(s.change.price) + "x" + wire::to_text(s.change.size);
      });
      all += "; ";
    }
  }
  EXPECT_EQ(all, "book b100x5 b99x1 a101x1 a102x1; trade 100x2 sell; book b100x3; trade 100.5x7 buyhidden; status 1; book b100x0 b98x9; ");
  EXPECT_EQ(source.counts().bad_input.value(), 1u);
}

TEST_F(LobsterSource, SaysWhichFileIsMissing) {
  market m;
  lobster_settings s = files("1,1,1,5,1000000,1\n", "1010000,1,1000000,5\n");
  std::filesystem::remove(s.book_path);
  lobster_source source("lobster:x", s, io_, m.to);
  try {
    source.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(std::string{e.what()}, "feed 'lobster:x': cannot read " + s.book_path + ": No such file or directory");
  }
}

}  // namespace
}  // namespace tickcast::feed
