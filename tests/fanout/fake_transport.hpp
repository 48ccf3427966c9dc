#pragma once
// A carrier that keeps what it was given, and blocks when the test says so.
#include <string>
#include <utility>
#include <vector>

#include "fanout/batch.hpp"
#include "fanout/clock.hpp"
#include "fanout/transport.hpp"

namespace tickcast::fanout {

class fake_transport : public transport {
 public:
  explicit fake_transport(const clock& time) : progress(time.mono_ns()), time_(time) {}
  bool blocked() const override { return stuck || closed; }
  std::int64_t progress_ns() const override { return progress; }
  void send(batch& messages) override {
    overrun |= blocked();
    const std::string_view frame = messages.finish();
    frames.emplace_back(frame);
    binary.push_back(messages.encoding() != wire::encoding::json);
    progress = time_.mono_ns();
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
    progress = time_.mono_ns();
    if (talk && !closed) talk->writable();
  }
  // All that was sent since the last call, frame by frame, without the brackets.
  std::string said() {
    std::string text;
    binary.clear();
    for (const std::string& f : std::exchange(frames, {})) text += f;
    return text;
  }

  static constexpr std::size_t unlimited = ~std::size_t{0};
  conversation* talk = nullptr;
  std::vector<std::string> frames;
  std::vector<bool> binary;  // which of them are
  std::size_t room = unlimited;  // bytes until it is stuck
  bool stuck = false, closed = false, reading_on = false;
  bool overrun = false;  // was given something while blocked
  int pings = 0;
  std::int64_t progress = 0;
  wire::close_code code{};
  std::string why;
  fanout::client who{"127.0.0.1:1", "test"};

 private:
  const clock& time_;
};

}  // namespace tickcast::fanout
