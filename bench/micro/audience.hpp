#pragma once
// So many outboxes on one stream of one shard, without sockets: what publishing to them and flushing them costs.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/micro/ticks.hpp"
#include "fanout/topics.hpp"

namespace tickcast {

// Frames what it is given and throws it away.
class framing_transport final : public fanout::transport {
 public:
  explicit framing_transport(fanout::commons* deflating = nullptr) : deflating_(deflating) {}

  bool blocked() const override { return false; }
  std::int64_t progress_ns() const override { return 0; }
  void send(fanout::batch& messages) override {
    bytes_ += (deflating_ ? messages.deflated_frame(wire::opcode::text, deflating_->deflater, 15)
                          : messages.frame(wire::opcode::text)).size();
  }
  void ping() override {}
  void close(wire::close_code, std::string_view) override {}
  void read_on() override {}
  const fanout::client& client() const override { return client_; }
  std::size_t bytes() const { return bytes_; }

 private:
  fanout::commons* deflating_;
  fanout::client client_;
  std::size_t bytes_ = 0;
};

class audience : fanout::asker {
 public:
  explicit audience(std::size_t size) {
    symbols_.append("AAPL");
    for (std::size_t i = 0; i < size; ++i) listeners_.emplace_back(std::make_unique<listener>());
    auto a = std::make_unique<wire::answer>();
    a->number = topics_.ask(*this, wire::channel::trades, {wire::wanted{}}, 0, false);
    a->streams.resize(1);
    topics_.answer(std::move(a));  // and everybody joins
  }

  void publish(std::int64_t ticks) {
    for (; ticks > 0; --ticks) topics_.publish(trade(++n_), {});
  }
  void flush(fanout::transport& to) {
    const std::int64_t now = fanout::mono_ns();
    for (const auto& l : listeners_) l->out.flush(to, commons_, now);
  }
  void end_turn() {
    commons_.turn.touched().clear();
    topics_.release();
    commons_.turn.forget();
  }
  fanout::commons& commons() { return commons_; }

 private:
  struct listener {
    fanout::subscriptions subscribed;
    fanout::outbox out{subscribed};
  };

  void answered(const wire::answer&) override {
    for (const auto& l : listeners_) {
      fanout::subscription& s = l->subscribed[fanout::key_of(wire::channel::trades, wire::symbol_id{0})];
      topics_.join(l->out, s, wire::channel::trades, wire::symbol_id{0});
    }
  }
  void appeared(wire::channel, wire::symbol_id) override {}

  fanout::limits limits_;
  wire::symbol_table symbols_{16};
  std::string name_ = "bench";
  std::vector<std::string> origins_;
  fanout::commons commons_{fanout::service{.limits = limits_, .symbols = symbols_, .epoch = name_, .version = name_, .allowed_origins = origins_}};
  wire::inbox inbox_;
  fanout::topics topics_{commons_, inbox_, 0};
  std::vector<std::unique_ptr<listener>> listeners_;
  wire::sequence n_ = 0;
};

template <class Work>
double seconds_of(Work work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace tickcast
