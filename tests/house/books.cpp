// Random books from a real sequencer through a real stage to sessions that stall, leave, come back, change their minds and
// overflow lanes. Each client is naive: it applies what it is told. What it must have is the sequencer's book by then.
#include "feed/sequencer.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "fake_transport.hpp"
#include "fanout/session.hpp"
#include "fanout/stage.hpp"
#include "tests/given.hpp"
#include "wire/auditor.hpp"
#include "wire/json_member.hpp"
#include "wire/transcript.hpp"

namespace tickcast {
namespace {

using wire::book_side;

struct totals {
  std::size_t changes = 0, snapshots = 0, gaps = 0, compared = 0, resumed = 0, late = 0, restarts = 0;
};

// One client: its books, kept by whoever merely applies, and the auditor that looks on.
class reader {
 public:
  reader(fanout::commons& all, wire::encoding as, wire::reference& known) : audit_(&known, "a client"), way(all.clock), talk_(all, way, as) {
    way.talk = &talk_;
    talk_.opened();
  }
  ~reader() { talk_.closing(); }

  void say(std::string text) {
    audit_.commanded(text);
    said_.push_back(std::move(text));
    go_on();
  }
  // One command after the other, each when the one before it has been answered and its answer taken.
  void go_on() {
    if (waiting_ && !std::exchange(way.reading_on, false)) return;
    if (waiting_) {
      waiting_ = !talk_.proceed();
      if (!waiting_) said_.pop_front();
    }
    while (!waiting_ && !said_.empty() && !way.closed) {
      waiting_ = !talk_.message(said_.front(), false);
      if (!waiting_) said_.pop_front();
    }
  }

  // What it has heard since the last time; what is wrong, or nothing.
  std::string listen() {
    for (std::size_t i = 0; i < way.frames.size(); ++i) {
      const auto text = script_.read(way.frames[i], way.binary[i]);
      if (!text) return script_.fault();
      if (!audit_.see(*text)) return audit_.violation();
      wire::json_walk walk{*text};
      while (walk.next()) take(walk.value().raw);
    }
    way.frames.clear();
    way.binary.clear();
    return {};
  }

  struct own {
    wire::book levels;
    wire::sequence last = 0;
    bool good = false;
    std::size_t depth = 0;        // that was acknowledged
    wire::sequence settled = 0;   // … with this number; messages behind it are of this depth
  };
  std::map<std::string, own, std::less<>> books;
  std::size_t changes = 0, snapshots = 0, gaps = 0, recovered = 0;

 private:
  void take(std::string_view object) {
    const std::string_view e = wire::json_member(object, "e").plain();
    if (e == "subscribed") {
      wire::json_walk symbols{wire::json_member(object, "symbols").raw};
      std::int64_t depth = 0;
      wire::json_integer(wire::json_member(object, "depth"), depth);
      while (symbols.next()) {
        recovered += wire::json_member(symbols.value().raw, "recovered").is_true();
        const std::string name = wire::json_text(symbols.value().raw, "s");
        std::int64_t n = 0;
        wire::json_integer(wire::json_member(symbols.value().raw, "n"), n);
        for (const char* each : {"A", "B", "C"}) {
          if (name != each && name != "*") continue;
          own& b = books[each];
          b.depth = static_cast<std::size_t>(depth);
          b.settled = name == "*" ? ~wire::sequence{0} : static_cast<wire::sequence>(n);
        }
      }
    }
    gaps += e == "gap";
    if (e == "gap") books[wire::json_text(object, "s")].good = false;
    if (e != "book") return;
    own& b = books[wire::json_text(object, "s")];
    std::int64_t n = 0;
    wire::json_integer(wire::json_member(object, "n"), n);
    b.last = static_cast<wire::sequence>(n);
    if (wire::json_member(object, "snap").is_true()) {
      ++snapshots;
      b.levels.clear();
      b.good = true;
    } else {
      ++changes;
      b.good |= b.levels.empty() && wire::json_member(object, "n").raw == "1";
    }
    for (const auto& [key, side] : {std::pair{"b", book_side::bid}, std::pair{"a", book_side::ask}}) {
      wire::json_walk levels{wire::json_member(object, key).raw};
      while (levels.next()) {
        wire::json_walk pair{levels.value().raw};
        pair.next();
        const wire::decimal price = *wire::parse_decimal(pair.value().raw);
        pair.next();
        b.levels.apply(side, price, *wire::parse_decimal(pair.value().raw));
      }
    }
  }

  wire::auditor audit_;
  wire::transcript script_;
  std::deque<std::string> said_;
  bool waiting_ = false;  // the first of them is being carried out

 public:
  fanout::fake_transport way;

 private:
  fanout::session talk_;
};

class market {
 public:
  explicit market(std::uint64_t seed) : dice_(seed) {
    bounds_.heartbeat = bounds_.ping = bounds_.idle = std::chrono::hours{1};
    bounds_.stall = std::chrono::hours{1};
    bounds_.commands_per_s = 1e6, bounds_.burst = 1e6;
    bounds_.backlog_bytes = 4096u << dice_() % 6;
    bounds_.backlog_age = std::chrono::seconds{10};
  }
  ~market() { clients_.clear(); }

  std::string run(totals& sum) {
    for (int step = 0; step < 160; ++step) {
      if (std::string fault = this->step(); !fault.empty()) return "step " + std::to_string(step) + ": " + fault;
    }
    // Everybody reads, and has the book as it is.
    for (int i = 0; i < 6; ++i) {
      for (client& c : clients_) c.is->way.take();
      pass(200);
    }
    for (client& c : clients_) {
      if (std::string fault = c.is->listen(); !fault.empty()) return fault;
      for (const auto& [name, own] : c.is->books) {
        if (!own.good || !c.depth.contains(name)) continue;
        wire::book due;
        due.take_top(truth_[name], own.depth);
        if (!(own.levels == due)) return name + " is not the book at depth " + std::to_string(own.depth);
        ++sum.compared;
      }
      sum.changes += c.is->changes, sum.snapshots += c.is->snapshots, sum.gaps += c.is->gaps, sum.resumed += c.is->recovered;
    }
    sum.late += lane_.dropped_total() > 0;
    return {};
  }

 private:
  struct client {
    std::unique_ptr<reader> is;
    std::map<std::string, std::size_t> depth;
  };

  std::size_t below(std::size_t limit) { return dice_() % limit; }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  std::string some_name() { return std::string(1, static_cast<char>('A' + below(3))); }

  wire::decimal some_price(book_side s) {
    const auto away = static_cast<std::int64_t>(1 + below(40));
    wire::decimal price{middle_ * 4 + (s == book_side::bid ? -away : away), -2};
    if (chance(20)) price.mantissa = price.mantissa * 1000 + 5, price.exponent = -5;
    return price;
  }

  void tick() {
    feed::event e;
    const std::string name = some_name();
    e.name = name;
    e.tick.kind = wire::record_kind::book;
    e.whole = chance(6);
    const std::size_t levels = e.whole ? below(60) : 1 + below(chance(10) ? 30 : 4);
    wire::book& truth = truth_[name];
    if (chance(10)) middle_ += static_cast<std::int64_t>(below(9)) - 4;
    std::map<std::pair<book_side, std::string>, bool> named;
    for (std::size_t i = 0; i < levels; ++i) {
      wire::level_change c;
      c.side = chance(50) ? book_side::bid : book_side::ask;
      c.price = some_price(c.side);
      if (!e.whole && chance(50) && truth.count(c.side)) c.price = truth.at(c.side, below(std::min<std::size_t>(truth.count(c.side), 12))).price;
      c.size = chance(35) && !e.whole ? wire::decimal{} : wire::decimal{static_cast<std::int64_t>(1 + below(5000)), static_cast<std::int8_t>(-static_cast<int>(below(3)))};
      if (named.emplace(std::pair{c.side, wire::to_text(wire::normal(c.price))}, true).second) e.levels.push_back(c);
    }
    wire::book after = e.whole ? wire::book{} : truth;
    for (const auto& c : e.levels) after.apply(c);
    const feed::verdict v = sequencer_.publish(e, {unix_ns_ += 1'000'000, stage_.all.clock.mono_ns()});
    ASSERT_EQ(v == feed::verdict::taken, !after.crossed());
    if (v == feed::verdict::taken) truth = after;
  }

  void pass(std::int64_t ms) {
    stage_.all.clock.set(stage_.all.clock.mono_ns() + ms * 1'000'000);
    for (int i = 0; i < 8; ++i) {
      sequencer_.commit();
      stage_.turn(~std::size_t{0}, stage_.all.clock.mono_ns());
      for (client& c : clients_) c.is->go_on();
    }
  }

  std::string some_options(client& c, const std::string& name, bool keep) {
    static constexpr std::size_t depths[] = {1, 3, 10, 25, 1000};
    const std::size_t depth = keep && c.depth.contains(name) ? c.depth[name] : depths[below(std::size(depths))];
    for (const char* each : {"A", "B", "C"})
      if (name == each || name == "*") c.depth[each] = depth;
    std::string out = ",\"depth\":" + std::to_string(depth);
    if (chance(40)) {
      out += ",\"mode\":\"latest\",\"interval_ms\":" + std::to_string(chance(50) ? 0 : 10 * below(30));
    } else {
      static constexpr const char* policies[] = {"latest", "gap", "latest", "evict"};
      out += std::string{",\"mode\":\"every\",\"on_slow\":\""} + policies[below(4)] + "\"";
    }
    return out;
  }

  std::string step() {
    const std::size_t which = below(100);
    for (std::size_t left = below(chance(10) ? 400 : 12); left > 0; --left) tick();
    if (clients_.size() < 5 && which < 15) {
      clients_.push_back({std::make_unique<reader>(stage_.all, chance(50) ? wire::encoding::json : wire::encoding::sbe, known_), {}});
      return {};
    }
    if (clients_.empty()) return {};
    const std::size_t at = below(clients_.size());
    client& c = clients_[at];
    if (which < 30) {
      const std::string name = chance(20) ? "*" : some_name();
      c.is->say(R"({"op":"subscribe","channel":"book","symbols":[")" + name + "\"]" + some_options(c, name, false) + "}");
    } else if (which < 34) {
      const std::string name = some_name();
      c.is->say(R"({"op":"unsubscribe","channel":"book","symbols":[")" + name + "\"]}");
      c.depth.erase(name);
    } else if (which < 40) {  // cut, and back again from where it was
      if (std::string fault = c.is->listen(); !fault.empty()) return fault;
      std::unique_ptr<reader> again = std::make_unique<reader>(stage_.all, wire::encoding::json, known_);
      std::string numbers, names;
      for (const auto& [name, own] : c.is->books) {
        if (!own.good || !c.depth.contains(name) || own.last <= own.settled) continue;
        c.depth[name] = own.depth;
        again->books[name] = own;
        again->say(R"({"op":"subscribe","channel":"book","symbols":[")" + name + "\"]" + some_options(c, name, true) +
                   R"(,"resume":{"epoch":"e","n":{")" + name + "\":" + std::to_string(own.last) + "}}}");
        std::erase_if(c.depth, [&](const auto& d) { return d.first != name; });
        c.is = std::move(again);  // `name` is gone with what was there
        return {};
      }
    } else if (which < 60) {
      c.is->way.stuck = true;
      c.is->way.room = below(3000);
    } else if (which < 80) {
      c.is->way.take(chance(50) ? fanout::fake_transport::unlimited : 200 + below(4000));
    } else if (which < 84) {
      return {};  // the lane fills up
    }
    pass(static_cast<std::int64_t>(below(60)));
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (std::string fault = clients_[i].is->listen(); !fault.empty()) return fault;
      if (clients_[i].is->way.closed) clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
    return {};
  }

  std::mt19937_64 dice_;
  std::int64_t unix_ns_ = 1'700'000'000'000'000'000, middle_ = 2500;
  fanout::limits bounds_;
  wire::symbol_table symbols_{64};
  std::string epoch_ = "e", version_ = "t";
  std::vector<std::string> origins_;
  wire::inbox inbox_;
  wire::lane lane_{256};
  feed::sequencer sequencer_{symbols_, inbox_, {&lane_}, 1 << 16};
  fanout::stage stage_{fanout::service{bounds_, symbols_, epoch_, version_, origins_}, lane_, inbox_, 0, fanout::clock{1'000'000'000'000}};
  wire::reference known_;
  std::vector<client> clients_;
  std::map<std::string, wire::book> truth_;
};

TEST(Books, AreTheSequencersWhateverHappensToAClient) {
  const std::uint64_t only = given::number("TICKCAST_SEED", 0);
  const std::uint64_t first = only ? only : 1, last = only ? only : given::number("TICKCAST_SEEDS", given::rounds(200));
  totals sum;
  int faults = 0;
  for (std::uint64_t seed = first; seed <= last && faults < 3; ++seed) {
    const std::string fault = std::make_unique<market>(seed)->run(sum);
    if (fault.empty()) continue;
    ++faults;
    ADD_FAILURE() << "TICKCAST_SEED=" << seed << ": " << fault;
  }
  std::cout << "books: " << sum.changes << " changes, " << sum.snapshots << " snapshots, " << sum.gaps << " gaps, " << sum.compared
            << " compared, " << sum.resumed << " resumed, " << sum.late << " runs with a full lane\n";
  if (only || faults) return;
  EXPECT_GT(sum.changes, last * 200);
  EXPECT_GT(sum.snapshots, last * 20);
  EXPECT_GT(sum.gaps, last / 10);
  EXPECT_GT(sum.compared, last);
  EXPECT_GT(sum.resumed, last / 10);
  EXPECT_GT(sum.late, last / 10);
}

}  // namespace
}  // namespace tickcast
