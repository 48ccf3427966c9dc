#pragma once
// All streams of one shard, by channel and symbol: ticks in, fragments out to whoever listens. It also is the shard's
// side of the talk with the sequencer: it asks for a stream when its first listener comes and lets it go with the last.
//
// It does not send: listeners' outboxes are touched and flushed at the end of the turn.
#include <array>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fanout/commons.hpp"
#include "fanout/topic.hpp"
#include "wire/answer.hpp"
#include "wire/inbox.hpp"
#include "wire/notes.hpp"

namespace tickcast::fanout {

// Who waits for the sequencer's answer to a subscribe.
class asker {
 public:
  virtual void answered(const wire::answer& a) = 0;
  // A symbol that `*` covers was named, or came to life: join it from `last` on.
  virtual void appeared(wire::channel c, wire::symbol_id s) = 0;

 protected:
  ~asker() = default;
};

class topics {
 public:
  topics(commons& all, wire::inbox& inbox, std::uint32_t shard) : all_(all), inbox_(inbox), shard_(shard), directory_(all.symbols) {}

  // ---- from the lane ----
  void publish(const wire::tick& t, std::string_view notes);
  void answer(std::unique_ptr<wire::answer> a);
  // Sends what is merged and due; at the end of a turn, before the flush.
  void send_ready(std::int64_t now_ns);

  // ---- from sessions ----
  std::optional<wire::symbol_id> find(std::string_view name);
  // `who->answered` is called from a later turn, unless `abandon` was.
  wire::ticket ask(asker& who, wire::channel c, std::vector<wire::wanted> streams, std::uint32_t history, bool all);
  void abandon(wire::ticket t);
  // A book that somebody here has asked for.
  replica& book_of(wire::symbol_id s) { return *at(wire::channel::book, s).book; }
  // From now on: `s` gets what comes after the topic's last number. `how` is in `s` already.
  void join(outbox& who, subscription& s, wire::channel c, wire::symbol_id id);
  void leave(outbox& who, subscription& s);
  // What a class holds back from this one is sent to it now: before its options change.
  void settle(outbox& who, subscription& s);
  void join_all(asker& who, wire::channel c) { wild_[wire::index_of(c)].insert(&who); }
  void leave_all(asker& who, wire::channel c);
  // The last number that `s` has been sent, or has in its queue.
  wire::sequence delivered(const subscription& s) const;
  // After a batch of leaves, and after each turn: streams nobody uses any more are let go.
  void release();

 private:
  struct pending {
    asker* who = nullptr;
    wire::channel channel{};
    bool unheld = false;  // asks for streams whose ids are not known yet: `*`, or a name to be opened
    std::vector<wire::symbol_id> held;  // topics that this request keeps in use
  };

  topic& at(wire::channel c, wire::symbol_id s);
  void go_live(topic& t, wire::sequence last);
  void catch_up(const wire::answer& missed);
  void hole(topic& t, wire::sequence last);
  void publish_book(topic& home, const wire::tick& t, std::string_view notes);
  void load_book(topic& home, const wire::stream_state& s);
  void settle_book(outbox& who, const subscription& s);
  void schedule(interval_class& c);
  std::string_view name_of(const topic& t) const { return all_.symbols.name(t.symbol); }
  static void use(topic& t) { ++t.users, t.let_go = false; }
  void unuse(topic& t);
  void let_go(topic& t);
  merge_class& class_of(topic& t, std::uint32_t interval_ms);
  std::unique_ptr<wire::request> make_request(wire::request_kind kind, wire::channel c,
                                              std::vector<wire::wanted> streams, bool all) const;

  commons& all_;
  wire::inbox& inbox_;
  const std::uint32_t shard_;
  wire::directory directory_;
  std::array<std::vector<std::unique_ptr<topic>>, wire::channel_count> topics_;
  std::array<std::unordered_set<asker*>, wire::channel_count> wild_;
  std::array<std::size_t, wire::channel_count> unheld_asked_{};  // such requests on their way
  std::array<bool, wire::channel_count> wild_open_{};
  std::unordered_map<wire::ticket, pending> pending_;
  wire::ticket last_ticket_ = 0;
  std::vector<interval_class*> ready_;  // null: gone in the meantime
  std::array<std::vector<wire::wanted>, wire::channel_count> let_go_;
};

}  // namespace tickcast::fanout
