#pragma once
// A shard's stage with a sequencer that the test is in charge of, and time that stands still until the test moves it.
#include <memory>
#include <string>
#include <vector>

#include "fake_sequencer.hpp"
#include "fake_transport.hpp"
#include "fanout/stage.hpp"

namespace tickcast::fanout {

struct jar {
  jar() = default;
  jar(const jar&) = delete;
  jar& operator=(const jar&) = delete;

  // With at most `records` taken from the lane.
  void turn(std::size_t records = ~std::size_t{0}) {
    do {
      const std::size_t taken = scene.turn(records, now());
      records -= taken;
      if (taken == 0) return;
    } while (records > 0 && !lane.empty());
  }
  // Requests to the sequencer, its answers, and a turn that takes them.
  void settle() {
    source.serve_all();
    turn();
  }
  std::int64_t now() const { return all.clock.mono_ns(); }
  void pass_ms(std::int64_t ms) { pass_ns(ms * 1'000'000); }
  void pass_ns(std::int64_t ns) { all.clock.set(now() + ns); }

  fanout::limits bounds;
  wire::symbol_table symbols{16384};
  std::string epoch = "6e1b", version = "tickcast/test";
  std::vector<std::string> origins;
  wire::inbox inbox;
  wire::lane lane{1 << 16};
  stage scene{{bounds, symbols, epoch, version, origins}, lane, inbox, 0, clock{1'000'000'000'000}};
  commons& all = scene.all;
  topics& streams = scene.streams;
  fake_sequencer source{symbols, inbox, lane};
};

}  // namespace tickcast::fanout
