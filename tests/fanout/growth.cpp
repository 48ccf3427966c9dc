// What subscribing and leaving cost as the crowd and the market grow: what the client itself asked for, nothing more.
// Told from the CPU time of this thread, the best of several tries: what goes through all of a hundredfold crowd is a
// hundred times as dear, what only misses its caches there is not ten times.
#include "fanout/session.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "guest.hpp"

namespace tickcast::fanout {
namespace {

constexpr double much_more = 10;
constexpr std::string_view latest = R"(,"mode":"latest","interval_ms":0)";

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct town {
  explicit town(std::size_t symbols) {
    home.bounds.commands_per_s = home.bounds.burst = 1e9;
    home.bounds.symbols_per_session = 20'000;
    for (std::size_t i = 0; i < symbols; ++i) home.source.name("S" + std::to_string(i));
  }
  // `count` symbols from `first` on, around the end of the market.
  std::string named(std::size_t first, std::size_t count) const {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += (i ? ",\"S" : "\"S") + std::to_string((first + i) % home.symbols.size()) + '"';
    return all;
  }
  void say(std::size_t who, std::string_view op, std::string_view symbols, std::string_view options = "") {
    text = "{\"op\":\"" + std::string{op} + "\",\"channel\":\"trades\",\"snapshot\":false,\"symbols\":[" + std::string{symbols} + "]" + std::string{options} + "}";
    talks[who]->message(text, false);
    home.settle();
    ways[who]->frames = {};
  }
  // So many more clients, each with ten symbols.
  void join(std::size_t clients) {
    for (const std::size_t all = talks.size() + clients; talks.size() < all;) {
      ways.push_back(std::make_unique<fake_transport>(home.all.clock));
      talks.push_back(std::make_unique<session>(home.all, *ways.back()));
      talks.back()->opened();
      say(talks.size() - 1, "subscribe", named(talks.size() * 10, 10));
    }
  }
  template <class Work>
  static double best_of(int tries, Work work) {
    double best = 1e9;
    for (int i = 0; i < tries; ++i) best = std::min(best, work());
    return best;
  }
  template <class Work>
  static double cost(Work work) {
    const double before = cpu_seconds();
    work();
    return cpu_seconds() - before;
  }

  jar home;
  std::vector<std::unique_ptr<fake_transport>> ways;
  std::vector<std::unique_ptr<session>> talks;
  std::string text;
};

// One that comes, asks for ten symbols, and one that leaves.
struct visit {
  double subscribe = 1e9, close = 1e9;
};
visit visit_of(std::size_t clients, std::size_t symbols) {
  town t{symbols};
  t.join(clients);
  visit best;
  for (std::size_t i = 0; i < 40; ++i) {
    t.ways.push_back(std::make_unique<fake_transport>(t.home.all.clock));
    t.talks.push_back(std::make_unique<session>(t.home.all, *t.ways.back()));
    const std::string ten = t.named(i * 37, 10);
    best.subscribe = std::min(best.subscribe, town::cost([&] { t.say(t.talks.size() - 1, "subscribe", ten); }));
    best.close = std::min(best.close, town::cost([&] { t.talks.pop_back(); }));
    t.ways.pop_back();
    t.home.settle();
  }
  return best;
}

TEST(Growth, OfTheCrowdMakesNeitherSubscribingNorClosingDearer) {
  const visit few = visit_of(100, 1000), many = visit_of(19'000, 1000);
  EXPECT_LT(many.subscribe, much_more * few.subscribe);
  EXPECT_LT(many.close, much_more * few.close);
}

TEST(Growth, OfTheMarketMakesNeitherSubscribingNorClosingDearer) {
  const visit few = visit_of(100, 10), many = visit_of(100, 10'000);
  EXPECT_LT(many.subscribe, much_more * few.subscribe);
  EXPECT_LT(many.close, much_more * few.close);
}

// A whole crowd leaves in a turn that has something for each of them; what it costs each.
double leaving_of(std::size_t clients) {
  return town::best_of(3, [&] {
    town t{1000};
    t.join(clients);
    for (std::size_t i = 0; i < 1000; ++i) {
      const wire::symbol_id s{static_cast<std::uint32_t>(i)};
      wire::tick tick{};
      tick.symbol = s;
      tick.n = 1;
      t.home.streams.publish(tick, {});
    }
    EXPECT_EQ(t.home.all.turn.touched().size(), clients);
    return town::cost([&] {
      for (auto& talk : t.talks) talk->closing();
    }) / static_cast<double>(clients);
  });
}

TEST(Growth, OfACrowdThatLeavesAtOnceMakesNoneOfThemDearer) {
  EXPECT_LT(leaving_of(19'000), much_more * leaving_of(200));
}

// A client takes the whole market merged, and leaves in a turn in which all of it was to be sent; what it costs a symbol.
double leaving_all(std::size_t symbols, bool by_command) {
  return town::best_of(3, [&] {
    town t{symbols};
    t.ways.push_back(std::make_unique<fake_transport>(t.home.all.clock));
    t.talks.push_back(std::make_unique<session>(t.home.all, *t.ways.back()));
    t.talks.back()->opened();
    const std::string all = t.named(0, symbols);
    t.say(0, "subscribe", all, latest);
    for (std::size_t i = 0; i < symbols; ++i) {
      wire::tick tick{};
      tick.symbol = wire::symbol_id{static_cast<std::uint32_t>(i)};
      tick.n = 1;
      t.home.streams.publish(tick, {});
    }
    t.text = "{\"op\":\"unsubscribe\",\"channel\":\"trades\",\"symbols\":[" + all + "]}";
    return town::cost([&] { by_command ? void(t.talks[0]->message(t.text, false)) : t.talks[0]->closing(); }) / static_cast<double>(symbols);
  });
}

TEST(Growth, OfWhatAClientHasMakesItsUnsubscribingAndClosingNoDearerASymbol) {
  for (const bool by_command : {true, false}) EXPECT_LT(leaving_all(16'000, by_command), much_more * leaving_all(60, by_command));
}

}  // namespace
}  // namespace tickcast::fanout
