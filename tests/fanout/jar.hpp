#pragma once
// A shard without threads and sockets: the commons, the topics, and the order in which a turn calls them.
#include <memory>
#include <string>
#include <vector>

#include "fake_sequencer.hpp"
#include "fanout/commons.hpp"
#include "fanout/outbox.hpp"
#include "fanout/topics.hpp"
#include "fanout/transport.hpp"

namespace tickcast::fanout {

struct jar {
  jar() { all.topics = &streams; }
  jar(const jar&) = delete;
  jar& operator=(const jar&) = delete;

  // As shard::turn, with at most `records` taken from the lane.
  void turn(std::size_t records = ~std::size_t{0}) {
    const std::int64_t began = mono_ns();
    for (; records > 0 && !source.lane.empty(); --records) {
      fake_sequencer::item next = std::move(source.lane.front());
      source.lane.pop_front();
      if (next.answer) {
        streams.answer(std::move(next.answer));
      } else {
        streams.publish(next.tick, next.notes);
      }
    }
    all.wheel.advance(began);
    streams.send_ready(began);
    flush_touched(all.turn, began);
    streams.forget_sent();
    all.turn.forget();
  }
  // Requests to the sequencer, its answers, and a turn that takes them.
  void settle() {
    source.serve_all();
    turn();
  }

  fanout::limits bounds;
  wire::symbol_table symbols{64};
  std::string epoch = "6e1b", version = "tickcast/test";
  std::vector<std::string> origins;
  fanout::commons all{bounds, symbols, epoch, version, origins};
  wire::inbox inbox;
  fanout::topics streams{all, inbox, 0};
  fake_sequencer source{symbols, inbox};
};

// A carrier that keeps what it was given, and blocks when the test says so.
class fake_transport : public transport {
 public:
  bool blocked() const override { return stuck || closed; }
  std::int64_t progress_ns() const override { return progress; }
  void send(batch& messages) override {
    overrun |= blocked();
    const std::string_view frame = messages.finish();
    frames.emplace_back(frame);
    progress = mono_ns();
    if (room != unlimited) room = frame.size() < room ? room - frame.size() : 0;
    if (room == 0) stuck = true;
  }
  void ping() override { ++pings; }
  void close(wire::close_code with, std::string_view reason) override {
    if (std::exchange(closed, true)) return;
    code = with;
    why = reason;
    if (talk) talk->closing();
  }
  void read_on() override { reading_on = true; }
  const fanout::client& client() const override { return who; }

  // As a socket that takes bytes again.
  void take(std::size_t bytes = unlimited) {
    stuck = false;
    room = bytes;
    progress = mono_ns();
    if (talk && !closed) talk->writable();
  }
  // All that was sent since the last call, frame by frame, without the brackets.
  std::string said() {
    std::string text;
    for (const std::string& f : std::exchange(frames, {})) text += f;
    return text;
  }

  static constexpr std::size_t unlimited = ~std::size_t{0};
  conversation* talk = nullptr;
  std::vector<std::string> frames;
  std::size_t room = unlimited;  // bytes until it is stuck
  bool stuck = false, closed = false, reading_on = false;
  bool overrun = false;  // was given something while blocked
  int pings = 0;
  std::int64_t progress = mono_ns();
  wire::close_code code{};
  std::string why;
  fanout::client who{"127.0.0.1:1", "test"};
};

}  // namespace tickcast::fanout
