#pragma once
// What /echo says: what it hears. It exists for conformance suites, and so takes the same way out as market data:
// our frames, our deflate, the gate, TLS. Reads on when what it said was taken.
#include "fanout/commons.hpp"
#include "fanout/websocket.hpp"

namespace tickcast::fanout {

class echo final : public conversation {
 public:
  echo(commons& all, websocket& carrier) : all_(all), carrier_(carrier), heard_ns_(mono_ns()) {}

  void opened() override {}
  bool message(std::string_view text, bool binary) override {
    carrier_.send_message(text, binary);
    return !(paused_ = carrier_.blocked());
  }
  bool proceed() override { return true; }
  void heard(bool) override { heard_ns_ = mono_ns(); }
  void writable() override {
    if (!std::exchange(paused_, false)) return;
    carrier_.read_on();
  }
  void tend(std::int64_t now_ns) override {
    if (carrier_.blocked() && now_ns - carrier_.progress_ns() >= in_ns(all_.limits.stall)) {
      all_.tally.evictions[static_cast<std::size_t>(eviction::stalled)].add();
      carrier_.close(wire::close_code::stalled, "the socket took no byte in time");
    } else if (now_ns - heard_ns_ >= silence()) {
      carrier_.close(wire::close_code::idle, "nothing was said for too long");
    }
  }
  std::int64_t next_ns(std::int64_t now_ns) const override {
    return now_ns + std::min(in_ns(all_.limits.stall), silence()) / 4;
  }
  void drain(std::int64_t) override {}
  void closing() override {}
  void flush(std::int64_t) override {}

 private:
  std::int64_t silence() const { return in_ns(all_.limits.ping + all_.limits.pong); }

  commons& all_;
  websocket& carrier_;
  std::int64_t heard_ns_;
  bool paused_ = false;
};

}  // namespace tickcast::fanout
