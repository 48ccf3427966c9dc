#pragma once
// What one client can tell from the bytes it got: is every number after the snapshot covered exactly once, in order, by
// a message, a merged one or a gap, and is what they say true? Are bars built from it those of the market? It knows the
// commands that were sent, what the sequencer answered and the market's own record, and nothing of the server's state.
// The first thing that is wrong stays in `fault`.
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "truth.hpp"
#include "wire/answer.hpp"
#include "wire/command.hpp"

namespace tickcast {

class witness {
 public:
  struct asked {
    wire::operation op = wire::operation::ping;
    std::string id;
    wire::channel channel{};
    bool all = false, snapshot = true;
    wire::delivery how;
    std::vector<std::string> symbols;
    std::map<std::string, wire::sequence> resumed;  // of those, from which number on
  };
  // What the sequencer's answer said of one stream.
  struct state {
    std::string symbol;
    wire::sequence last = 0;
    bool recovered = false;
    std::size_t ticks = 0;
    friend bool operator==(const state&, const state&) = default;
  };
  using states = std::vector<state>;
  using key = std::pair<wire::channel, std::string>;

  explicit witness(const truth& market) : market_(market) {}

  void commanded(asked what) { asked_.push_back(std::move(what)); }
  std::size_t unanswered() const { return asked_.size(); }
  void answered(states what) { answers_.push_back(std::move(what)); }
  void see(std::string_view frame);
  // After a last tick for every stream of these symbols, and with nothing under way: all of it must have arrived.
  void finish(const std::vector<std::string>& symbols);
  // Subscribed, or about to be.
  bool watches(const key& k) const;
  // The last number heard of each stream: from there it could resume.
  std::map<key, wire::sequence> heard() const;

  bool may_span = false;  // merges may cross the edge of a bar: times run back, or somebody was slow for long
  bool may_lose = false;  // a lane has dropped something

  std::string fault;
  std::size_t live = 0, merges = 0, gaps = 0, snapshots = 0, degraded = 0, resumed = 0, bars = 0, spans = 0, overflows = 0;

 private:
  __extension__ typedef __int128 number;  // a decimal × 10^9
  using members = std::map<std::string, std::string, std::less<>>;
  struct bar {
    number open = 0, high = 0, low = 0, close = 0, volume = 0;
    wire::sequence count = 0;
    void add(const bar& later);
    friend bool operator==(const bar&, const bar&) = default;
  };
  struct announced {
    wire::sequence n, last;  // one of a snapshot, and its last
  };
  struct watch {
    wire::sequence next = 0;
    std::deque<announced> snaps;  // by acks, not here yet
    bool may_merge = false, may_gap = false, slow = false;  // slow: an interval too long for bars of a second
    bar received, true_bar;
    std::array<std::map<std::int64_t, bar>, 3> bars, true_bars;  // by period, by start
  };

  void wrong(std::string what);
  void message(std::string_view text);
  bool control(std::string_view kind, const members& m);
  static void allow(watch& w, const wire::delivery& how);
  void subscribed(const members& m);
  void unsubscribed(const members& m);
  void heartbeat(const members& m);
  void rate(const members& m);
  void named(const members& m);
  void data(std::string_view kind, const members& m);
  void gap(const members& m);
  watch* watching(wire::channel c, const std::string& symbol);
  asked next_asked(const members& m);
  void compare(const members& m, wire::channel c, const truth::stream& told, wire::sequence first,
               wire::sequence last, watch& w);
  void build_bars(const bar& got, const truth::stream& told, wire::sequence first, wire::sequence last, watch& w);
  static members read(std::string_view object);
  static number scaled(std::string_view decimal);
  static number scaled(std::int64_t mantissa, int exponent);

  const truth& market_;
  std::deque<asked> asked_;
  std::deque<states> answers_;
  std::map<key, watch> watches_;
  std::array<std::optional<asked>, wire::channel_count> wild_;
  std::set<key> left_out_;
  std::array<bool, wire::channel_count> slowed_{};
  bool welcomed_ = false, ever_all_ = false;
  std::string shown_;
};

}  // namespace tickcast
