#include "app/rerun.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "feed/journal.hpp"

namespace tickcast::app {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000, start_ns = 1'700'000'000 * second_ns;

// A journal of three symbols, three seconds long, in batches of different sizes; the same each time but for its epoch.
class recording {
 public:
  recording() {
    char name[] = "/tmp/tickcast-rerun-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    path_ = name;
    feed::journal_settings settings;
    settings.directory = directory();
    feed::journal journal{settings};
    wire::symbol_table symbols{10};
    wire::inbox inbox;
    wire::lane lane{1 << 16};
    feed::sequencer to{symbols, inbox, {&lane}};
    to.restore(journal);
    for (int i = 0; i < 600; ++i) {
      feed::event e;
      const std::string symbol(1, static_cast<char>('A' + i % 3));
      e.name = symbol;
      if (i % 4 == 3) {
        e.tick.kind = wire::record_kind::quote;
        e.tick.quote = {100 + i % 7, 3, 102 + i % 5, 4};
      } else {
        e.tick.kind = wire::record_kind::trade;
        e.tick.trade = {100 + i % 13, 1 + i % 50, {}, 0};
        if (i % 10 == 0) e.notes.add(wire::note_tag::id, "id-" + std::to_string(i));
      }
      e.tick.price_exponent = -2;
      to.publish(e, {start_ns + i * std::int64_t{5'000'000}, i});
      if (i * i % 11 < 4) to.commit();
    }
    to.commit();
    journal.close();
  }
  ~recording() { std::filesystem::remove_all(path_); }
  std::string directory() const { return path_ / "journal"; }

 private:
  std::filesystem::path path_;
};

// All that the client is told, the epoch's name left out. It says each of these frames, two thirds of a second apart.
std::string told(const recording& from, const std::vector<std::string>& frames, std::int64_t after_ns = 0) {
  feed::journal_reader reader{from.directory()};
  std::string all;
  std::optional<rerun> market;
  std::size_t said = 0;
  const auto say_until = [&](std::int64_t now_ns) {
    for (; said < frames.size() && start_ns + static_cast<std::int64_t>(said) * second_ns * 2 / 3 <= now_ns; ++said)
      market->say(frames[said]);
    market->pass_to(now_ns);
  };
  while (reader.next() == feed::journal_step::block) {
    if (!market)
      market.emplace(reader.epoch(), "tickcast/test", [&](std::string_view frame) { all.append(frame) += '\n'; });
    if (reader.kind() == feed::block_kind::ticks) {
      std::int64_t last = 0;
      reader.each_tick([&](const wire::tick& t, const wire::notes&) { last = t.arrived_ns; });
      if (!market->begun()) market->begin(last);
      say_until(last);
    }
    market->take(reader);
  }
  if (after_ns) market->pass_to(market->now() + after_ns);
  const std::string epoch = feed::epoch_text(reader.epoch());
  for (std::size_t at; (at = all.find(epoch)) != all.npos;) all.replace(at, epoch.size(), "E");
  return all + market->ended();
}

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

const std::vector<std::string> script{
    R"({"op":"subscribe","id":1,"channel":"trades","symbols":["*"]})",
    R"([{"op":"subscribe","id":2,"channel":"quotes","symbols":["A"],"interval_ms":100},{"op":"list","id":3}])",
    R"({"op":"subscribe","id":4,"channel":"trades","symbols":["B"],"mode":"latest","interval_ms":250,"history":20})",
    R"({"op":"unsubscribe","id":5,"channel":"trades","symbols":["C"]})"};

TEST(Rerun, GivesTheSameClientTheSameFramesToTheByte) {
  const recording one, other;
  const std::string first = told(one, script);
  EXPECT_EQ(first, told(one, script));
  EXPECT_EQ(first, told(other, script)) << "another journal of the same";
  EXPECT_GT(first.size(), 20'000u);
  // What was told when this was written. If the protocol is meant to say something else now, so is this.
  EXPECT_EQ(hash_of(first), 7893493277156773554u) << first.substr(0, 2000);
}

TEST(Rerun, KeepsTheNumbersThatTheTicksHad) {
  const recording from;
  const std::string all = told(from, {R"({"op":"subscribe","channel":"trades","symbols":["*"]})"});
  EXPECT_NE(all.find(R"({"e":"trade","s":"A","n":1,)"), all.npos);
  EXPECT_NE(all.find(R"("id":"id-590")"), all.npos);
}

TEST(Rerun, LetsTimePassForTheClientAsItDidThen) {
  const recording from;
  const std::string all = told(from, {R"({"op":"subscribe","channel":"trades","symbols":["A"]})"}, 20 * second_ns);
  std::size_t heartbeats = 0;
  for (std::size_t at = 0; (at = all.find(R"({"e":"heartbeat")", at)) != all.npos; ++at) ++heartbeats;
  EXPECT_GE(heartbeats, 3u) << "one each 5 s of silence";
  EXPECT_EQ(all.find("pong"), all.npos) << "pings are answered";
}

TEST(Rerun, EndsTheClientThatTheServerWouldHaveEnded) {
  const recording from;
  EXPECT_NE(told(from, {}, 60 * second_ns).find("4011 no command within 30 s"), std::string::npos);
}

}  // namespace
}  // namespace tickcast::app
