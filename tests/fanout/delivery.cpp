// The delivery contract under random schedules: one shard's worth of topics and sessions, a sequencer whose lane loses
// ticks, clients that come, go, block, change their minds; each client's bytes are judged by its witness, which knows
// the market, and by an auditor, which knows them alone. Time is virtual and nothing runs in parallel, so a seed is a schedule: TICKCAST_SEED=n replays one, TICKCAST_SEEDS=n runs so
// many.
#include "fanout/session.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "jar.hpp"
#include "virtual_clock.hpp"
#include "wire/auditor.hpp"
#include "witness.hpp"

namespace tickcast::fanout {
namespace {

struct totals {
  std::size_t live = 0, merges = 0, gaps = 0, snapshots = 0, degraded = 0, evicted = 0, stalled = 0, left = 0;
};

class schedule {
 public:
  schedule(std::uint64_t seed, bool told) : random_(seed), told_(told) {}
  // What went wrong; empty: nothing did.
  std::string run(totals& sum);

 private:
  struct peer final : private wheel::timer {
    peer(schedule& s, bool patient)
        : home(s), forgiving(patient), judge(s.jar_.source), talk(std::make_unique<session>(s.jar_.all, way)) {
      way.talk = talk.get();
      s.jar_.all.wheel.arm(*this, mono_ns() + 10'000'000);
      talk->opened();
    }
    void due(std::int64_t now) override {
      if (way.closed) return;
      talk->tend(now);
      if (!way.closed) home.jar_.all.wheel.arm(*this, talk->next_ns(now));
    }

    schedule& home;
    const bool forgiving;  // none of its streams may be the reason for an eviction
    fake_transport way;
    witness judge;
    wire::auditor audit{&home.heard_};
    std::unique_ptr<session> talk;
    std::string text;     // of the frame that is being carried out
    bool reading = true;  // frames are taken from its socket
    int commands = 0;
  };

  bool chance(int percent) { return std::uniform_int_distribution<int>{1, 100}(random_) <= percent; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
  }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + between(0, static_cast<std::int64_t>(all.size()) - 1));
  }

  void set_up();
  void step();
  void trade_some();
  void serve_some(int percent);
  void socket_of(std::shared_ptr<peer>& p);
  void say(std::shared_ptr<peer>& p, int commands);
  std::string command(peer& p);
  void collect(const std::shared_ptr<peer>& from);
  void judge(peer& p);
  void part(std::shared_ptr<peer>& p, totals& sum);
  void end(totals& sum);

  virtual_clock clock_;
  std::mt19937_64 random_;
  const bool told_;  // frames are printed: one schedule is being looked at
  jar jar_;
  wire::reference heard_;
  std::deque<std::pair<std::unique_ptr<wire::request>, std::weak_ptr<peer>>> requests_;
  std::vector<std::shared_ptr<peer>> peers_;
  int lossy_ = 0;  // percent
  std::int64_t price_ = 10'000;
  int newcomers_ = 0;
  std::string fault_;
};

void schedule::set_up() {
  limits& l = jar_.bounds;
  l.commands_per_s = l.burst = 1e9;
  l.ping = l.pong = l.idle = 1h;
  l.heartbeat = milliseconds{between(20, 500)};
  l.backlog_bytes = static_cast<std::size_t>(one_of({6000, 12'000, 40'000, 1'048'576}));
  l.backlog_age = milliseconds{one_of({60, 300, 1000, 10'000})};
  l.stall = milliseconds{one_of({100, 1000, 10'000})};
  jar_.all.open_symbols = chance(30);
  lossy_ = one_of({0, 0, 2, 15});
  for (std::int64_t i = between(1, 4); i > 0; --i) jar_.source.name("S" + std::to_string(i));
  for (std::int64_t i = between(1, 4); i > 0; --i) peers_.push_back(std::make_shared<peer>(*this, chance(50)));
}

void schedule::trade_some() {
  if (chance(2)) jar_.source.name("N" + std::to_string(++newcomers_));
  std::int64_t count = chance(10) ? between(10, 80) : between(0, 6);
  for (; count > 0; --count) {
    const wire::symbol_id s{static_cast<std::uint32_t>(between(0, static_cast<std::int64_t>(jar_.symbols.size()) - 1))};
    const bool lost = chance(lossy_);
    price_ = std::max<std::int64_t>(1, price_ + between(-9, 9));
    if (chance(40)) {
      jar_.source.quote(s, price_, price_ + between(0, 3), lost);
    } else {
      const wire::decimal price{price_, static_cast<std::int8_t>(one_of({-2, -2, -4, 0}))};
      const wire::decimal size{chance(1) ? 4'000'000'000'000'000'000 : between(0, 500),
                               static_cast<std::int8_t>(one_of({0, 0, -3}))};
      jar_.source.trade(s, price, size, chance(10) ? "id" + std::to_string(price_) : "", lost);
    }
  }
}

// What is in the inbox now was asked for by `from` (closes by nobody in particular).
void schedule::collect(const std::shared_ptr<peer>& from) {
  while (auto r = jar_.source.next()) requests_.emplace_back(std::move(r), from);
}

void schedule::serve_some(int percent) {
  while (!requests_.empty() && chance(percent)) {
    const auto [request, from] = std::move(requests_.front());
    requests_.pop_front();
    const auto states = jar_.source.serve(*request);
    if (const auto p = from.lock(); p && request->kind == wire::request_kind::open) p->judge.answered(states);
  }
}

std::string schedule::command(peer& p) {
  witness::asked a;
  a.id = std::to_string(++p.commands);
  a.channel = chance(60) ? wire::channel::trades : wire::channel::quotes;
  std::string text = "{\"id\":" + a.id + ",\"op\":";
  const auto add_symbols = [&](bool may_open) {
    text += ",\"symbols\":[";
    if (chance(15)) {
      a.all = true;
      text += "\"*\"";
    } else {
      const auto known = static_cast<std::int64_t>(jar_.symbols.size());
      for (std::int64_t i = between(1, 3); i > 0; --i) {
        std::string s{jar_.symbols.name(wire::symbol_id{static_cast<std::uint32_t>(between(0, known - 1))})};
        if (may_open && chance(20)) s = "O" + std::to_string(between(1, 3));
        text += '"' + s + (i > 1 ? "\"," : "\"");
        a.symbols.push_back(std::move(s));
      }
    }
    text += "],\"channel\":\"" + std::string{wire::name_of(a.channel)} + '"';
  };
  if (chance(60)) {
    a.op = wire::operation::subscribe;
    text += "\"subscribe\"";
    add_symbols(jar_.all.open_symbols);
    if (chance(50)) {
      a.how.mode = wire::delivery_mode::latest;
      a.how.interval_ms = one_of<std::uint32_t>({0, 5, 50, 137});
      text += ",\"mode\":\"latest\",\"interval_ms\":" + std::to_string(a.how.interval_ms);
    } else {
      text += ",\"mode\":\"every\"";
    }
    using wire::slow_policy;
    a.how.on_slow = p.forgiving ? one_of({slow_policy::latest, slow_policy::gap})
                                : one_of({slow_policy::evict, slow_policy::latest, slow_policy::gap});
    static constexpr const char* names[] = {"evict", "latest", "gap"};
    text += std::string{",\"on_slow\":\""} + names[static_cast<int>(a.how.on_slow)] + '"';
    a.snapshot = chance(70);
    if (!a.snapshot) text += ",\"snapshot\":false";
  } else if (chance(70)) {
    a.op = wire::operation::unsubscribe;
    text += "\"unsubscribe\"";
    add_symbols(false);
  } else {
    a.op = chance(50) ? wire::operation::ping : wire::operation::list;
    text += a.op == wire::operation::ping ? "\"ping\"" : "\"list\"";
  }
  p.judge.commanded(std::move(a));
  return text + '}';
}

void schedule::say(std::shared_ptr<peer>& p, int commands) {
  p->text = command(*p);
  if (commands > 1) {
    p->text = '[' + p->text;
    for (int i = 1; i < commands; ++i) p->text += ',' + command(*p);
    p->text += ']';
  }
  if (told_) std::cout << p.get() << " > " << p->text << '\n';
  p->audit.commanded(p->text);
  p->reading = p->talk->message(p->text, false);
  collect(p);
}

void schedule::socket_of(std::shared_ptr<peer>& p) {
  if (p->way.closed) return;
  if (std::exchange(p->way.reading_on, false)) {
    p->reading = p->talk->proceed();
    collect(p);
  }
  if (p->reading && p->judge.unanswered() < 10 && chance(15)) say(p, chance(70) ? 1 : static_cast<int>(between(2, 5)));
  if (p->way.stuck) {
    if (chance(15)) p->way.take(chance(40) ? fake_transport::unlimited : static_cast<std::size_t>(between(1, 3000)));
  } else if (chance(8)) {
    p->way.stuck = true;
  } else if (chance(5)) {
    p->way.room = static_cast<std::size_t>(between(1, 2000));
  }
  collect({});
}

void schedule::judge(peer& p) {
  for (const std::string& frame : std::exchange(p.way.frames, {})) {
    if (told_) std::cout << &p << " < " << frame << '\n';
    p.judge.see(frame);
    p.audit.see(frame);
    if (frame.size() > 16 * 1024 && frame.find("},{") != std::string::npos && fault_.empty())
      fault_ = "a frame of " + std::to_string(frame.size()) + " bytes is more than one record";
  }
  if (fault_.empty()) fault_ = p.judge.fault;
  if (fault_.empty()) fault_ = p.audit.violation();
  if (fault_.empty() && p.way.overrun) fault_ = "sent while blocked";
}

void schedule::part(std::shared_ptr<peer>& p, totals& sum) {
  judge(*p);
  sum.live += p->judge.live;
  sum.merges += p->judge.merges;
  sum.gaps += p->judge.gaps;
  sum.snapshots += p->judge.snapshots;
  sum.degraded += p->judge.degraded;
  if (!p->way.closed) return;
  const limits& l = jar_.bounds;
  if (p->way.code == wire::close_code::slow_consumer) {
    ++sum.evicted;
    std::size_t messages = 0, bytes = 0;
    double age = 0;
    const int read = std::sscanf(p->way.why.c_str(), "slow consumer: %zu messages, %zu bytes queued, the oldest for %lf s",
                                 &messages, &bytes, &age);
    const bool passed = bytes > l.backlog_bytes || age >= std::chrono::duration<double>(l.backlog_age).count() - 0.051;
    if (fault_.empty() && (read != 3 || !passed)) fault_ = "evicted within the bounds: " + p->way.why;
    if (fault_.empty() && p->forgiving) fault_ = "evicted though none of its streams says so: " + p->way.why;
  } else if (p->way.code == wire::close_code::stalled) {
    ++sum.stalled;
    if (fault_.empty() && mono_ns() - p->way.progress < in_ns(l.stall)) fault_ = "stalled too early: " + p->way.why;
  } else if (fault_.empty()) {
    fault_ = "closed: " + p->way.why;
  }
}

void schedule::step() {
  if (chance(80)) trade_some();
  serve_some(60);
  for (auto& p : peers_) socket_of(p);
  if (chance(85)) jar_.turn(chance(80) ? ~std::size_t{0} : static_cast<std::size_t>(between(0, 20)));
  collect({});
  clock_.pass_ns(one_of({0, 0, 1, 3, 10, 40, 300}) * between(0, 1'000'000));
}

void schedule::end(totals& sum) {
  const auto come_to_rest = [&] {
    for (int rounds = 0; rounds < 50; ++rounds) {
      serve_some(100);
      jar_.turn();
      for (auto& p : peers_)
        if (!p->way.closed && std::exchange(p->way.reading_on, false)) {
          p->reading = p->talk->proceed();
          collect(p);
        }
      collect({});
    }
  };
  for (auto& p : peers_)
    if (!p->way.closed) p->way.take();
  come_to_rest();
  for (std::uint32_t i = 0; i < jar_.symbols.size(); ++i) {
    jar_.source.trade(wire::symbol_id{i}, {price_, -2}, {1, 0});
    jar_.source.quote(wire::symbol_id{i}, price_, price_ + 1);
  }
  for (int i = 0; i < 4; ++i) {
    come_to_rest();
    clock_.pass_ms(50);
  }
  come_to_rest();
  for (auto& p : peers_) {
    judge(*p);
    if (!p->way.closed) p->judge.finish();
    if (!p->way.closed) p->audit.finish();
    part(p, sum);
  }
}

std::string schedule::run(totals& sum) {
  set_up();
  for (std::int64_t steps = between(20, 150); steps > 0 && fault_.empty(); --steps) {
    step();
    for (auto& p : peers_) {
      judge(*p);
      const bool leaves = chance(1);
      if (!leaves && !(p->way.closed && chance(30))) continue;
      sum.left += leaves;
      part(p, sum);
      p->talk->closing();
      collect({});
      p = std::make_shared<peer>(*this, chance(50));
    }
  }
  if (fault_.empty()) end(sum);
  peers_.clear();
  return fault_;
}

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Delivery, CoversEveryNumberOnceUnderAnySchedule) {
  const std::uint64_t only = setting("TICKCAST_SEED", 0);
  const std::uint64_t first = only ? only : 1, last = only ? only : setting("TICKCAST_SEEDS", 3000);
  totals sum;
  int faults = 0;
  for (std::uint64_t seed = first; seed <= last && faults < 3; ++seed) {
    const std::string fault = std::make_unique<schedule>(seed, only != 0)->run(sum);
    if (fault.empty()) continue;
    ++faults;
    ADD_FAILURE() << "TICKCAST_SEED=" << seed << ": " << fault;
  }
  std::cout << "seeds " << first << "…" << last << ": " << sum.live << " live, " << sum.merges << " merged, " << sum.gaps
            << " gaps, " << sum.snapshots << " snapshots, " << sum.degraded << " slowed down, " << sum.evicted
            << " evicted, " << sum.stalled << " stalled, " << sum.left << " left\n";
  if (only || faults) return;
  // Schedules in which little happens would prove little.
  EXPECT_GT(sum.live, last * 100);
  EXPECT_GT(sum.merges, last * 10);
  EXPECT_GT(sum.gaps, last);
  EXPECT_GT(sum.snapshots, last);
  EXPECT_GT(sum.degraded, last / 10);
  EXPECT_GT(sum.evicted, last / 20);
  EXPECT_GT(sum.stalled, last / 50);
  EXPECT_GT(sum.left, last / 4);
}

}  // namespace
}  // namespace tickcast::fanout
