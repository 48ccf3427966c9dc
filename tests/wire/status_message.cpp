#include "wire/status_message.hpp"

#include <gtest/gtest.h>

#include "wire/decode_sbe.hpp"
#include "wire/encoding.hpp"

namespace tickcast::wire {
namespace {

tick status(sequence n, market_state state) {
  tick t{};
  t.kind = record_kind::status;
  t.symbol = symbol_id{7};
  t.n = n;
  t.venue_ns = 1'732'060'800'123'456'789;
  t.status.state = state;
  return t;
}

notes because(std::string_view reason) {
  notes n;
  n.add(note_tag::reason, reason);
  return n;
}

std::string json(const tick& t, const notes& n, bool snapshot = false) {
  text to;
  encode(encoding::json, to, "AAPL", t, n.bytes(), snapshot);
  return std::string{to.view()};
}

// What an SBE client reads, as JSON.
std::string read_back(const text& bytes) {
  sbe_message m;
  std::string_view left = bytes.view();
  if (const char* fault = decode_sbe(left, m)) return fault;
  text to;
  encode_json(to, "AAPL", m);
  return std::string{to.view()} + (left.empty() ? "" : " and more");
}

TEST(StatusMessage, SaysStateAndReason) {
  EXPECT_EQ(json(status(3, market_state::halted), because("news \"pending\"")),
            R"({"e":"status","s":"AAPL","n":3,"t":1732060800123456,"state":"halted","reason":"news \"pending\""})");
  EXPECT_EQ(json(status(4, market_state::trading), {}, true),
            R"({"e":"status","s":"AAPL","n":4,"t":1732060800123456,"state":"trading","snap":true})");
}

TEST(StatusMessage, SaysTheSameInSbe) {
  for (const market_state s : {market_state::trading, market_state::halted, market_state::auction, market_state::closed})
    for (const bool snapshot : {false, true})
      for (const notes& n : {notes{}, because("ü"), because(std::string(reason_max, 'x'))}) {
        text bytes;
        encode(encoding::sbe, bytes, "AAPL", status(9, s), n.bytes(), snapshot);
        EXPECT_EQ(read_back(bytes), json(status(9, s), n, snapshot));
      }
}

TEST(StatusMessage, IsTheNewestOfAMerge) {
  merge m;
  m.add(status(3, market_state::halted), because("news").bytes());
  m.add(status(4, market_state::auction), because("opening").bytes());
  merge later;
  later.add(status(5, market_state::closed), because("over").bytes());
  m.add(later);
  text to, bytes;
  encode(encoding::json, to, "AAPL", m);
  EXPECT_EQ(to.view(), R"({"e":"status","s":"AAPL","n":5,"t":1732060800123456,"state":"closed","reason":"over","f":3,"k":3})");
  encode(encoding::sbe, bytes, "AAPL", m);
  EXPECT_EQ(read_back(bytes), to.view());
}

TEST(StatusMessage, TellsBytesThatAreNone) {
  text bytes;
  encode_sbe_status(bytes, status(9, market_state::closed), because("why").bytes(), false);
  const auto fault_of = [](std::string all) {
    sbe_message m;
    std::string_view left = all;
    const char* fault = decode_sbe(left, m);
    return std::string{fault ? fault : "none"};
  };
  const std::string good{bytes.view()};
  EXPECT_EQ(fault_of(good), "none");
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_EQ(fault_of(good.substr(0, length)), "it is cut short");
  const auto with = [&](std::size_t at, char value) {
    std::string bad = good;
    bad[at] = value;
    return fault_of(bad);
  };
  EXPECT_EQ(with(8 + 21, 4), "its state is none");
  EXPECT_EQ(with(8 + 24, 10), "the numbers that it stands for are none");
  EXPECT_EQ(with(good.size() - 1, '\xff'), "its reason is not UTF-8");
}

}  // namespace
}  // namespace tickcast::wire
