#pragma once
// One session's way out. During a turn it only gathers 4-byte indices; at the end of the turn it is flushed once:
// control first, then what waited, then what is new, in units of one record and one send each. What the socket does
// not take goes to the backlog, and that is where pressure is decided: taken, degraded, or evict.
//
// It never closes anything itself; it says why its session should be.
#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "fanout/backlog.hpp"
#include "fanout/batch.hpp"
#include "fanout/by_channel.hpp"
#include "fanout/commons.hpp"
#include "fanout/subscription.hpp"
#include "fanout/transport.hpp"

namespace tickcast::fanout {

enum class verdict : std::uint8_t { taken, degraded, evict };

class outbox {
 public:
  friend void flush_touched(turn& t, std::int64_t now_ns);

  explicit outbox(subscriptions& subscribed, wire::encoding as = wire::encoding::json)
      : subscribed_(subscribed), waiting_(as), encoding_(as) {}

  // In a turn.
  void due(fragment_index f, turn& t) {
    due_.push_back(f);
    touch(t);
  }
  // A snapshot or a replay: behind what is due by now, in front of all that comes.
  void ask(wire::channel c, wire::symbol_id s, wire::excerpt ticks, asked_for how, commons& all, std::int64_t now_ns);
  // The same of a book: how it is, standing for the numbers from `first` on; or what was missed.
  void ask(wire::symbol_id s, std::shared_ptr<const wire::book_message> page, wire::sequence first, commons& all, std::int64_t now_ns);
  void ask(wire::symbol_id s, std::unique_ptr<book_replay> missed, commons& all, std::int64_t now_ns);
  // A control message: encode it into what this returns, then call `said`.
  wire::text& control() { return control_; }
  void said(turn& t) {
    control_ends_.push_back(static_cast<std::uint32_t>(control_.size()));
    touch(t);
  }

  // The names behind the ids of SBE, of all symbols before this one: told before any data that comes from now on. They are
  // written only as the socket takes them, so they wait in no queue.
  void name_symbols(std::size_t before, turn& t) {
    to_name_ = std::max(to_name_, static_cast<std::uint32_t>(before));
    touch(t);
  }

  // At its end, and whenever the socket takes bytes again.
  verdict flush(transport& to, commons& all, std::int64_t now_ns);
  // What the queue's size and age demand by now: relieves it as `on_slow` says, or asks for eviction.
  verdict press(commons& all, std::int64_t now_ns);
  // Which of the bounds it has outgrown.
  std::optional<eviction> overdue(const limits& l, std::int64_t now_ns) const;

  // A stream with `every` and this `on_slow` came (+1) or went (−1).
  void counts_policy(wire::channel c, wire::slow_policy p, int by) {
    policies_[c][static_cast<std::size_t>(p)] += by;
  }
  std::size_t queued_bytes() const { return waiting_.bytes() + control_.size(); }
  void unsubscribed(const backlog::chosen& which) { waiting_.forget(which); }
  void clear(commons& all);
  // Nothing has come for a while: what a busy spell has left behind is given back.
  void rest() {
    if (idle() && due_.capacity() > due_at_rest) due_ = std::vector<fragment_index>{};
  }

  void attach(conversation& owner, const hot_lines& way) { owner_ = &owner, way_ = way; }
  conversation* owner() const { return owner_; }
  bool idle() const { return due_.empty() && only_due(); }
  wire::encoding encoding() const { return encoding_; }
  const backlog& waiting() const { return waiting_; }
  std::int64_t sent_ns() const { return sent_ns_; }

 private:
  bool only_due() const { return waiting_.empty() && control_ends_.empty() && named_ == to_name_; }
  void fetch() const { hot_lines{this, sizeof *this}.fetch(); }
  void fetch_way() const {
    __builtin_prefetch(due_.data());
    way_.fetch();
  }
  void touch(turn& t) {
    if (touched_) return;
    touched_ = true;
    place_ = t.touch(*this);
  }
  void hold(std::size_t from, commons& all, std::int64_t now_ns);
  void offer(const fragment& f, commons& all, std::int64_t now_ns);
  verdict relieve(commons& all, std::int64_t now_ns);
  bool has(wire::slow_policy p, wire::channel c) const {
    const auto* const counts = policies_.find(c);
    return counts && (*counts)[static_cast<std::size_t>(p)] > 0;
  }
  bool wants(wire::slow_policy p, wire::channel c, wire::symbol_id s) const;
  bool degraded() const { return degraded_.any(); }
  bool recover(commons& all);
  void show(tally& counts);
  std::size_t add_control(batch& to, std::size_t from);
  void add_names(batch& to, const wire::symbol_table& symbols);
  std::size_t add_due(batch& to, std::size_t from, const turn& t, sent& sum) const;
  bool flush_shared(transport& to, commons& all);
  void send(batch& b, const sent& sum, transport& to, commons& all);

  static constexpr std::size_t due_at_rest = 64;

  subscriptions& subscribed_;
  conversation* owner_ = nullptr;
  hot_lines way_;
  std::vector<fragment_index> due_;
  wire::text control_;
  std::vector<std::uint32_t> control_ends_;
  backlog waiting_;
  std::bitset<wire::channel_count> degraded_;
  by_channel<std::array<int, 3>> policies_;
  std::size_t relieved_ = 0;  // messages that still waited after the last drop: others' streams
  std::uint32_t named_ = 0, to_name_ = 0;  // ids that were named, and that are to be
  bool touched_ = false;
  std::uint32_t place_ = 0;  // among the touched, if it is
  const wire::encoding encoding_;  // of what is no control message
  bool shown_ = false;             // in the shard's sums, as one for whom something waits
  std::uint32_t shown_bytes_ = 0;  // and how much
  std::int64_t sent_ns_ = 0;
};

// The end of a turn: every session that it touched is flushed once. A flush at any other time leaves its outbox in the
// turn's list, to be found empty.
void flush_touched(turn& t, std::int64_t now_ns);

}  // namespace tickcast::fanout
