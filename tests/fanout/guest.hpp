#pragma once
// A session in a jar, spoken to in plain text: for tests that look at exact bytes.
#include <memory>
#include <string>
#include <string_view>

#include "fanout/session.hpp"
#include "jar.hpp"
#include "wire/transcript.hpp"

namespace tickcast::fanout {

struct guest {
  explicit guest(jar& j, wire::encoding as = wire::encoding::json)
      : home(j), way(j.all.clock), talk(std::make_unique<session>(j.all, way, as)) {
    way.talk = talk.get();
    talk->opened();
    home.turn();
    welcome = way.said();
  }

  // A frame of its; whatever it asks of the sequencer is answered, and the rest of the frame carried out.
  std::string say(std::string_view frame) {
    begin(frame);
    come_to_rest();
    return way.said();
  }
  // The same, without the sequencer's answer.
  void begin(std::string_view frame) {
    text = frame;
    talk->message(text, false);
  }
  void come_to_rest() {
    home.settle();
    while (!way.closed && std::exchange(way.reading_on, false)) {
      talk->proceed();
      home.settle();
    }
    home.turn();
  }
  std::string subscribe(std::string_view rest) { return say("{\"op\":\"subscribe\"," + std::string{rest} + "}"); }

  // What was sent since the last call, with binary frames as the JSON that they stand for, behind a '#'.
  std::string heard() {
    std::string all;
    const auto binary = std::exchange(way.binary, {});
    const auto frames = std::exchange(way.frames, {});
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto json = script.read(frames[i], binary[i]);
      all += (binary[i] ? "#" : "") + (json ? std::string{*json} : script.fault());
    }
    return all;
  }

  jar& home;
  fake_transport way;
  std::unique_ptr<session> talk;
  std::string text, welcome;
  wire::transcript script;
};

// What `trade` and `quote` of the fake sequencer look like to a client.
inline std::string time_of(int n) { return std::to_string(1'700'000'000'000'000 + n * 17); }
inline std::string trade_text(std::string_view s, int n, std::string_view p, std::string_view q, std::string_view more = "") {
  return "{\"e\":\"trade\",\"s\":\"" + std::string{s} + "\",\"n\":" + std::to_string(n) + ",\"t\":" + time_of(n) + ",\"p\":" +
         std::string{p} + ",\"q\":" + std::string{q} + std::string{more} + "}";
}

}  // namespace tickcast::fanout
