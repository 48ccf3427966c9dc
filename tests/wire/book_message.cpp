#include "wire/book_message.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/decode_sbe.hpp"

namespace tickcast::wire {
namespace {

book_message message(bool snapshot, sequence first, sequence last) {
  book_message m;
  m.symbol = symbol_id{7};
  m.first = first;
  m.last = last;
  m.venue_ns = 1'732'060'800'123'456'789;
  m.snapshot = snapshot;
  m.sum = 4'000'000'000;
  m.bids = {{{18933, -2}, {200, 0}}, {{1893, -1}, {5, -1}}};
  m.asks = {{{18935, -2}, {}}};
  return m;
}

std::string json(const book_message& m) {
  text to;
  encode_json_book(to, "AAPL", m);
  EXPECT_LE(to.size(), json_bytes_max(m) + 4);
  return std::string{to.view()};
}

std::string read_back(std::string_view left) {
  sbe_message m;
  if (const char* fault = decode_sbe(left, m)) return fault;
  text to;
  encode_json(to, "AAPL", m);
  return std::string{to.view()} + (left.empty() ? "" : " and more");
}

TEST(BookMessage, SaysItsLevelsAndWhichNumbersItStandsFor) {
  EXPECT_EQ(json(message(true, 9, 9)),
            R"({"e":"book","s":"AAPL","n":9,"t":1732060800123456,"snap":true,"b":[[189.33,200],[189.3,0.5]],"a":[[189.35,0]],"sum":4000000000})");
  EXPECT_EQ(json(message(false, 7, 9)),
            R"({"e":"book","s":"AAPL","f":7,"n":9,"t":1732060800123456,"b":[[189.33,200],[189.3,0.5]],"a":[[189.35,0]],"sum":4000000000})");
  book_message empty;
  empty.first = empty.last = 1;
  EXPECT_EQ(json(empty), R"({"e":"book","s":"AAPL","n":1,"t":0,"b":[],"a":[],"sum":0})");
}

TEST(BookMessage, SaysTheSameInSbe) {
  for (const bool snapshot : {false, true})
    for (const sequence first : {7u, 9u})
      for (const std::size_t levels : {0u, 1u, 1000u}) {
        book_message m = message(snapshot, first, 9);
        m.bids.clear();
        for (std::size_t i = 0; i < levels; ++i) m.bids.push_back({{static_cast<std::int64_t>(1 + i), -3}, {INT64_MAX, -18}});
        text bytes;
        encode_sbe_book(bytes, m);
        EXPECT_EQ(bytes.size(), 48 + 18 * (levels + 1));
        EXPECT_EQ(read_back(bytes.view()), json(m));
      }
}

TEST(BookMessage, HasRoomForTheLongestLevels) {
  book_message m = message(true, 1, UINT64_MAX);
  m.venue_ns = INT64_MIN;
  m.bids.assign(1000, {{INT64_MIN, -18}, {INT64_MAX, 18}});
  m.asks = m.bids;
  text to;
  encode_json_book(to, "AAPL", m);
  EXPECT_LE(to.size(), json_bytes_max(m) + 4);
}

TEST(BookMessage, TellsBytesThatAreNone) {
  text bytes;
  encode_sbe_book(bytes, message(true, 9, 9));
  const std::string good{bytes.view()};
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_EQ(read_back(good.substr(0, length)), "it is cut short");
  const auto with = [&](std::size_t at, char value) {
    std::string bad = good;
    bad[at] = value;
    return read_back(bad);
  };
  EXPECT_EQ(with(8 + 24, 10), "the numbers that it stands for are none");
  EXPECT_EQ(with(8 + 32, 17), "its levels are too short");
  EXPECT_EQ(with(8 + 32 + 4 + 8, 19), "a decimal's exponent is beyond 18");
}

}  // namespace
}  // namespace tickcast::wire
