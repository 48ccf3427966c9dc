#pragma once
// One client of the native protocol: its commands, its subscriptions, its liveness. Lives on its shard's thread, and
// knows its transport only as something that sends batches and can be blocked.
//
// Answers come in the order of the commands: while a subscribe waits for the sequencer, the rest of the frame waits
// too, and no further frame is read.
#include <memory>
#include <optional>
#include <string>

#include "fanout/bucket.hpp"
#include "fanout/commons.hpp"
#include "fanout/listing.hpp"
#include "fanout/outbox.hpp"
#include "fanout/topics.hpp"
#include "fanout/transport.hpp"
#include "wire/command.hpp"
#include "wire/json_reader.hpp"

namespace tickcast::fanout {

class session final : public conversation, private asker {
 public:
  session(commons& all, transport& carrier, wire::encoding as = wire::encoding::json);
  ~session() override;

  void opened() override;
  bool message(std::string_view text, bool binary) override;
  bool proceed() override;
  void heard(bool pong) override;
  void writable() override;
  void tend(std::int64_t now_ns) override;
  std::int64_t next_ns(std::int64_t now_ns) const override;
  void drain(std::int64_t retry_ms) override;
  void flush(std::int64_t now_ns) override;
  void closing() override;
  const backlog& waiting() const { return outbox_.waiting(); }

 private:
  void run(const wire::json_value& value);
  void run_garbage();
  bool allowed(std::string_view id, wire::operation op);
  void carry_out(const wire::command& c);
  void subscribe(const wire::command& c);
  void unsubscribe(const wire::command& c);
  void take_back(wire::channel from, const wire::command& c, std::vector<wire::symbol_id>& gone);
  void list(const wire::command& c);
  void refuse(const wire::command_error& e);
  void end(wire::close_code code, std::string_view reason);
  void said() { outbox_.said(all_.turn); }
  bool ids() const { return outbox_.encoding() == wire::encoding::sbe; }  // it is told numbers for symbols

  bool reading() const { return !waiting_ && !holding_ && !over_; }
  void go_on_if_taken();

  void answered(const wire::answer& a) override;
  void appeared(wire::channel c, wire::symbol_id s) override;
  void add_ticks(wire::channel c, const wire::stream_state& s, const wire::delivery& how);
  void add_book(const wire::stream_state& s, const subscribing& w, subscription* old);
  void add_merged(const wire::stream_state& s, std::int64_t bar_ns);
  void take_seat(wire::channel c, wire::symbol_id s, const wire::delivery& how);

  void heartbeat();
  void evict(eviction why, std::int64_t now_ns);

  commons& all_;
  transport& carrier_;
  subscriptions subscribed_;
  outbox outbox_;
  bucket commands_;
  int strikes_ = 0;  // commands refused in a row
  shares shares_;

  std::optional<wire::json_walk> walk_;  // the commands of a list that were not yet run, in the transport's buffer
  std::unique_ptr<subscribing> waiting_;
  bool holding_ = false;  // it has not taken what it asked for before
  bool over_ = false;

  std::int64_t opened_ns_, heard_ns_;
  std::int64_t held_ns_ = 0;    // since when `holding_`
  std::int64_t pinged_ns_ = 0;  // 0: no pong is owed
  bool commanded_ = false;
  std::size_t heartbeat_from_ = 0;  // where the next one goes on, so that all symbols get their turn
};

}  // namespace tickcast::fanout
