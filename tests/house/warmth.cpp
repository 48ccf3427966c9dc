// The way of a tick once warm: sequencer, lane, stage, sessions, frames. It takes nothing from the heap, whatever the mix
// of streams and options. Memory that grew in the first rounds is used again.
#include "fanout/stage.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fanout/session.hpp"
#include "feed/sequencer.hpp"
#include "heap.hpp"
#include "tests/sanitizer.hpp"
#include "wire/frame.hpp"
#include "wired.hpp"

namespace tickcast {
namespace {

// Frames what it is given, like a WebSocket, and takes all of it; or gives it to a connection.
struct open_mouth final : fanout::transport {
  bool blocked() const override { return line && line->server().blocked(); }
  std::int64_t progress_ns() const override { return 0; }
  void send(fanout::batch& messages) override {
    const std::string_view frame = messages.frame(wire::opcode::text);
    if (line) closed |= !line->server().write(frame);
    ++frames;
  }
  void ping() override {}
  void close(wire::close_code, std::string_view) override { closed = true; }
  void read_on() override {}
  const fanout::client& client() const override { return who; }

  std::unique_ptr<fanout::wired> line;
  std::size_t frames = 0, heard = 0;
  bool closed = false;
  fanout::client who;
};

class warm_house {
 public:
  static constexpr int symbol_count = 100;

  explicit warm_house(std::size_t history_bytes) : sequencer_(symbols_, inbox_, {&lane_}, history_bytes, feed::bar_settings{{}, {}, 0}) {
    for (int i = 0; i < symbol_count; ++i) sequencer_.resolve("SYM" + std::to_string(i));
  }

  void join(std::string_view command, wire::encoding as, std::unique_ptr<fanout::wired> line = nullptr) {
    auto way = std::make_unique<open_mouth>();
    way->line = std::move(line);
    auto talk = std::make_unique<fanout::session>(scene_.all, *way, as);
    talk->opened();
    talk->message(command, false);
    sequencer_.serve_inbox();
    ways_.push_back(std::move(way));
    talks_.push_back(std::move(talk));
    turn();
  }

  // So many ticks, trades and quotes, some with an id and conditions; what they took from the heap.
  std::uint64_t run(int ticks) {
    const std::uint64_t before = allocations();
    for (int i = 0; i < ticks; ++i) {
      event_.tick = {};
      event_.tick.symbol = wire::symbol_id{static_cast<std::uint32_t>(i * 7 % symbol_count)};
      event_.notes.clear();
      if (i % 3) {
        event_.tick.kind = wire::record_kind::quote;
        event_.tick.quote = {18'900 + i % 50, 100, 18'960, 200};
      } else {
        event_.tick.trade = {18'900 + i % 100, 100 + i % 7, {'Q'}, 0};
        if (i % 2) event_.notes.add(wire::note_tag::id, "an id of 30 bytes, like a UUID");
        if (i % 4) event_.notes.add(wire::note_tag::condition, "@F");
      }
      event_.tick.price_exponent = -2;
      sequencer_.publish(event_, {now_ns_, now_ns_});
      if (i % 64 == 63) {
        sequencer_.commit();
        turn();
        for (const auto& way : ways_)
          if (way->line) way->heard += way->line->ignore();
      }
    }
    return allocations() - before;
  }
  // The same of books: levels come, change and go, near the best and far from it.
  std::uint64_t run_books(int ticks) {
    const std::uint64_t before = allocations();
    for (int i = 0; i < ticks; ++i) {
      event_.tick = {};
      event_.tick.kind = wire::record_kind::book;
      event_.tick.symbol = wire::symbol_id{static_cast<std::uint32_t>(i % 10)};
      event_.notes.clear();
      event_.levels.clear();
      for (int level = 0; level < 1 + i % 5; ++level) {
        const int at = (i * 13 + level * 5) % 30;
        const auto side = wire::book_sides[static_cast<std::size_t>((i + level) % 2)];
        const std::int64_t price = side == wire::book_side::bid ? 18'900 - at : 18'901 + at;
        event_.levels.push_back({side, {price, -2}, {(i / 10 + level) % 4 * 50, 0}});
      }
      sequencer_.publish(event_, {now_ns_, now_ns_});
      if (i % 64 == 63) {
        sequencer_.commit();
        turn();
      }
    }
    return allocations() - before;
  }
  std::size_t frames() const {
    std::size_t sum = 0;
    for (const auto& way : ways_) sum += way->closed ? 0 : way->frames;
    return sum;
  }
  std::size_t heard() const {
    std::size_t sum = 0;
    for (const auto& way : ways_) sum += way->heard;
    return sum;
  }
  std::size_t silent() const {
    return static_cast<std::size_t>(std::count_if(ways_.begin(), ways_.end(), [](const auto& w) { return w->closed || w->frames < 10; }));
  }

 private:
  void turn() {
    now_ns_ += 1'000'000;
    scene_.all.clock.set(now_ns_);
    while (scene_.turn(~std::size_t{0}, now_ns_) > 0) {
    }
  }

  std::int64_t now_ns_ = 1'700'000'000'000'000'000;
  fanout::limits bounds_;
  wire::symbol_table symbols_{1000};
  std::string epoch_ = "6e1b", version_ = "tickcast/test";
  std::vector<std::string> origins_;
  wire::inbox inbox_;
  wire::lane lane_{1 << 16};
  feed::sequencer sequencer_;
  fanout::stage scene_{{bounds_, symbols_, epoch_, version_, origins_}, lane_, inbox_, 0, fanout::clock{now_ns_}};
  std::vector<std::unique_ptr<open_mouth>> ways_;
  std::vector<std::unique_ptr<fanout::session>> talks_;  // gone before what carries them
  feed::event event_;
};

constexpr std::string_view commands[] = {
    R"({"op":"subscribe","channel":"trades","symbols":["*"]})",
    R"({"op":"subscribe","channel":"quotes","symbols":["*"]})",
    R"({"op":"subscribe","channel":"trades","symbols":["SYM1","SYM2","SYM3"],"mode":"latest","interval_ms":100})",
    R"({"op":"subscribe","channel":"quotes","symbols":["SYM1","SYM2","SYM3"],"mode":"latest","interval_ms":250})",
    R"({"op":"subscribe","channel":"trades","symbols":["SYM4","SYM5"],"on_slow":"latest"})",
    R"({"op":"subscribe","channel":"quotes","symbols":["SYM6"],"mode":"every","on_slow":"gap"})",
    R"({"op":"subscribe","channel":"trades","symbols":["*"],"mode":"latest","interval_ms":0})",
    R"([{"op":"subscribe","channel":"bars","period":"1s","symbols":["*"],"mode":"every"},
        {"op":"subscribe","channel":"bars","period":"1d","symbols":["SYM1","SYM2"],"interval_ms":100}])",
    R"([{"op":"subscribe","channel":"bars","period":"1m","symbols":["SYM3"]},{"op":"subscribe","channel":"stats","symbols":["*"]}])",
};

class Warmth : public testing::Test {
  void SetUp() override {
    if (sanitized_by == sanitizer::thread) GTEST_SKIP() << "one thread alone runs here, and the other builds count the same";
  }
};

TEST_F(Warmth, NothingIsTakenFromTheHeapOnTheWayOfATick) {
  warm_house house{1 << 20};
  for (int i = 0; i < 40; ++i)
    for (std::string_view command : commands) house.join(command, wire::all_encodings[static_cast<std::size_t>(i) % 2]);
  house.run(400'000);  // the recent ticks of each stream are full, every class has been through bars and intervals
  const std::size_t before = house.frames();
  EXPECT_EQ(house.run(200'000), 0u);
  EXPECT_GT(house.frames() - before, 200'000u);
  EXPECT_EQ(house.silent(), 0u);
}

std::unique_ptr<fanout::wired> line(bool tls) {
  auto made = std::make_unique<fanout::wired>(tls);
  if (tls) made->shake_hands();
  return made;
}

void listen_on_sockets(bool tls) {
  warm_house house{1 << 20};
  for (std::string_view command : commands)
    for (wire::encoding as : wire::all_encodings) house.join(command, as, line(tls));
  house.run(400'000);
  const std::size_t before = house.heard();
  EXPECT_EQ(house.run(50'000), 0u);
  EXPECT_GT(house.heard() - before, 1'000'000u);
  EXPECT_EQ(house.silent(), 0u);
}

TEST_F(Warmth, NorOnTheWayOfABook) {
  warm_house house{1 << 20};
  for (int i = 0; i < 10; ++i)
    for (std::string_view command : {R"({"op":"subscribe","channel":"book","symbols":["*"]})",
                                     R"({"op":"subscribe","channel":"book","symbols":["*"],"depth":3})",
                                     R"({"op":"subscribe","channel":"book","symbols":["SYM1","SYM2"],"depth":25,"on_slow":"gap"})",
                                     R"({"op":"subscribe","channel":"book","symbols":["*"],"mode":"latest","interval_ms":100})",
                                     R"({"op":"subscribe","channel":"book","symbols":["SYM3"],"depth":1,"mode":"latest"})"})
      house.join(command, wire::all_encodings[static_cast<std::size_t>(i) % 2]);
  house.run_books(400'000);
  const std::size_t before = house.frames();
  // What can be seen differs from turn to turn, so now and then a list is longer than it ever was.
  EXPECT_LE(house.run_books(50'000), 5u);
  EXPECT_GT(house.frames() - before, 20'000u);
  EXPECT_EQ(house.silent(), 0u);
}

TEST_F(Warmth, NorByTheSocketThatTakesIt) { listen_on_sockets(false); }
TEST_F(Warmth, NorByTls) { listen_on_sockets(true); }

}  // namespace
}  // namespace tickcast
