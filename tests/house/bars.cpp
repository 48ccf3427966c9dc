// Bars from the trades of a random market to what a client has put together: by every way of delivery, slow or quick, joined
// early or late, over lanes that are too small. Each is held against the trades by a naive builder, and its connection by the
// auditor.
#include "fanout/stage.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../feed/naive_bars.hpp"
#include "fanout/session.hpp"
#include "feed/sequencer.hpp"
#include "tests/given.hpp"
#include "wire/auditor.hpp"

namespace tickcast {
namespace {

constexpr std::int64_t second = 1'000'000'000, start_ns = 1'710'050'000 * second;
constexpr wire::period periods[] = {wire::period::s1, wire::period::m1, wire::period::h1, wire::period::d1};

// A socket that takes what it is given unless it is told not to, and what its client makes of it.
struct listener final : fanout::transport {
  explicit listener(wire::reference& known, std::string name) : audit(&known, std::move(name)) {}

  bool blocked() const override { return stuck; }
  std::int64_t progress_ns() const override { return now_ns; }  // it is slow, and never dead
  void send(fanout::batch& messages) override {
    const std::string_view frame = messages.finish();
    EXPECT_TRUE(audit.see(frame)) << audit.violation();
    wire::json_walk walk{frame};
    while (walk.next()) {
      wire::message_members m;
      m.read(walk.value().raw);
      if (m.e.plain() != "bar") continue;
      wire::market_message bar;
      EXPECT_EQ(bar.read(wire::market_kind::bar, m), nullptr);
      chart[bar.channel][bar.t_us * 1000] =
          feed::text_of({bar.open, bar.high, bar.low, bar.price, bar.volume, bar.trades, bar.first, {}, {}}, bar.last);
    }
    if (one_at_a_time) stuck = true;
  }
  void ping() override {}
  void close(wire::close_code code, std::string_view reason) override {
    closed = std::to_string(static_cast<int>(code)) + " " + std::string{reason};
  }
  void read_on() override { reading_on = true; }
  const fanout::client& client() const override { return who; }

  bool stuck = false, one_at_a_time = false, reading_on = false;
  std::int64_t now_ns = 0;
  std::string closed;
  wire::auditor audit;
  std::map<wire::channel, std::map<std::int64_t, std::string>> chart;
  fanout::client who;
};

class bar_house {
 public:
  explicit bar_house(std::size_t lane) : lane_(lane) { sequencer_.resolve("AAPL"); }

  listener& join(const std::string& options, bool trades = false) {
    auto way = std::make_unique<listener>(known_, "client " + std::to_string(ways_.size()) + options);
    way->now_ns = now_ns;
    auto talk = std::make_unique<fanout::session>(scene_.all, *way);
    listener& made = *way;
    ways_.push_back(std::move(way));
    talks_.push_back(std::move(talk));
    talks_.back()->opened();
    if (trades) say(R"({"op":"subscribe","channel":"trades","symbols":["AAPL"]})");
    for (wire::period p : periods)
      say(R"({"op":"subscribe","channel":"bars","symbols":["AAPL"],"period":")" + std::string{name_of(p)} + '"' + options + "}");
    return made;
  }
  void trade(const wire::tick& t) {
    event_.tick = t;
    event_.stamped = true;
    sequencer_.publish(event_, {now_ns, now_ns});
  }
  void commit() { sequencer_.commit(); }
  // So much time passes, in which the shard may be too busy to look into its lane.
  void pass(std::int64_t ns, bool shard) {
    now_ns += ns;
    sequencer_.close_due(now_ns);
    for (auto& way : ways_) way->now_ns = now_ns;
    scene_.all.clock.set(now_ns);
    if (shard) turn();
  }
  void drain(listener& of) {
    for (std::size_t i = 0; i < ways_.size(); ++i)
      if (ways_[i].get() == &of) {
        of.stuck = false;
        talks_[i]->writable();
      }
  }
  void turn() {
    while (scene_.turn(~std::size_t{0}, now_ns) > 0) sequencer_.commit();
    sequencer_.commit();
    for (std::size_t i = 0; i < ways_.size(); ++i)
      if (std::exchange(ways_[i]->reading_on, false)) talks_[i]->proceed();
  }

  std::int64_t now_ns = start_ns;
  const wire::reference& known() const { return known_; }

 private:
  void say(const std::string& command) {
    ways_.back()->audit.commanded(command);
    talks_.back()->message(command, false);
    sequencer_.serve_inbox();
    turn();
  }

  fanout::limits bounds_;
  wire::symbol_table symbols_{10};
  std::string epoch_ = "6e1b", version_ = "tickcast/test";
  std::vector<std::string> origins_;
  wire::inbox inbox_;
  wire::lane lane_;
  feed::sequencer sequencer_{symbols_, inbox_, {&lane_}, feed::history_bytes_default,
                             {feed::market_calendar{{"* 24h America/New_York"}}, {}}};
  wire::reference known_;
  fanout::stage scene_{{bounds_, symbols_, epoch_, version_, origins_}, lane_, inbox_, 0, fanout::clock{start_ns}};
  std::vector<std::unique_ptr<listener>> ways_;
  std::vector<std::unique_ptr<fanout::session>> talks_;  // gone before what carries them
  feed::event event_;
};

TEST(Bars, AmountToTheTradesByEveryWay) {
  std::mt19937_64 dice{given::seed()};
  const auto between = [&](std::int64_t low, std::int64_t high) { return std::uniform_int_distribution<std::int64_t>{low, high}(dice); };
  std::uint64_t compared = 0;
  for (int round = 0; round < given::rounds(25); ++round) {
    bar_house house{round % 3 == 0 ? 64u : 65536u};
    std::vector<wire::tick> trades;
    listener& quick = house.join(R"(,"mode":"every")", true);
    std::vector<listener*> whole{&quick};
    for (const char* options : {R"(,"mode":"latest")", R"(,"mode":"latest","interval_ms":250)", R"(,"mode":"latest","interval_ms":7000)"})
      whole.push_back(&house.join(options));
    listener& slow = house.join(R"(,"mode":"latest","interval_ms":100)");
    listener& turned = house.join(R"(,"mode":"every","on_slow":"latest")");
    listener& dropped = house.join(R"(,"mode":"every","on_slow":"gap")");
    slow.one_at_a_time = turned.one_at_a_time = dropped.one_at_a_time = true;
    whole.insert(whole.end(), {&slow, &turned});
    for (int step = 0; step < 600; ++step) {
      const bool busy = round % 3 == 0 && between(0, 9) < 4;
      for (std::int64_t left = between(0, 9) == 0 ? between(10, 60) : between(0, 3); left > 0; --left) {
        wire::tick t{};
        t.kind = wire::record_kind::trade;
        t.n = trades.size() + 1;
        t.venue_ns = house.now_ns - between(0, 30'000'000);
        if (between(0, 30) == 0) t.venue_ns -= between(0, 70 * second);
        if (t.venue_ns < start_ns) t.venue_ns = start_ns;
        t.venue_ns -= t.venue_ns % 1000;
        t.price_exponent = static_cast<std::int8_t>(between(-3, 0));
        t.trade = {between(1'000, 9'999), between(0, 50) == 0 ? 999'999'999'999'999'999 : between(1, 900), {}, 0};
        trades.push_back(t);
        house.trade(t);
      }
      house.commit();
      house.pass(between(0, 19) == 0 ? between(0, 40 * second) : between(0, 300'000'000), !busy);
      for (listener* late : {&slow, &turned, &dropped})
        if (between(0, 2) == 0) house.drain(*late);
      if (step == 300) whole.push_back(&house.join(R"(,"mode":"every","history":5000)"));
      if (step == 400) whole.push_back(&house.join(R"(,"history":5000,"interval_ms":500)"));
    }
    // What is still held back or waits comes out, without another trade.
    for (listener* late : {&slow, &turned, &dropped}) late->one_at_a_time = false;
    for (int i = 0; i < 4; ++i) {
      house.pass(8 * second, true);
      for (listener* late : {&slow, &turned, &dropped}) house.drain(*late);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(whole[i]->closed, "");
      EXPECT_TRUE(whole[i]->audit.finish()) << whole[i]->audit.violation();
      for (wire::period p : periods) {
        const auto expected = feed::naive_bars(trades, p, feed::trading_hours{"24h America/New_York"});
        ASSERT_EQ(whole[i]->chart[bars_of(p)], expected) << name_of(p) << " of client " << i << " in round " << round;
      }
    }
    EXPECT_TRUE(dropped.audit.finish()) << dropped.audit.violation();
    compared += house.known().told().bars;
  }
  EXPECT_GT(compared, 1000u) << "by the auditor, with the trades of the same connection";
}

// Nobody asks for bars: shards see trades and nothing else.
TEST(Bars, CostAShardNothingThatNobodyThereAskedFor) {
  wire::symbol_table symbols{10};
  wire::inbox inbox;
  wire::lane lane{1 << 12}, other{1 << 12};
  feed::sequencer sequencer{symbols, inbox, {&lane, &other}};
  const auto open = [&](std::uint32_t shard, wire::channel c) {
    auto r = std::make_unique<wire::request>();
    r->shard = shard;
    r->channel = c;
    r->streams.push_back({{}, "AAPL", {}});
    inbox.ask(std::move(r));
    sequencer.serve_inbox();
  };
  const auto heard = [](wire::lane& from) {
    std::vector<wire::record> got(1 << 12);
    const std::size_t count = from.take(got);
    for (std::size_t i = 0; i < count; ++i)
      if (got[i].kind() == wire::record_kind::answer) delete got[i].reply.block;
    return count;
  };
  open(0, wire::channel::trades);
  open(1, wire::channel::bars_1m);
  heard(lane), heard(other);
  feed::event e;
  e.name = "AAPL";
  e.stamped = true;
  for (int i = 0; i < 1000; ++i) {
    e.tick.kind = wire::record_kind::trade;
    e.tick.venue_ns = start_ns + i * second / 3;
    e.tick.trade = {100, 1, {}, 0};
    sequencer.publish(e, {start_ns, i});
  }
  sequencer.commit();
  EXPECT_EQ(heard(lane), 1000u) << "who asked for trades";
  EXPECT_EQ(heard(other), 2 * (1000u + 5)) << "who asked for minutes: each trade, and each end, with its note";
}

}  // namespace
}  // namespace tickcast
