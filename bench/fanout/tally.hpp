// What one reading thread has counted. Plain memory; the threads' tallies are summed when nobody reads any more, and the few
// figures that are needed at the edges of the window are published by the crowd itself.
#pragma once

#include "latency.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace bench {

struct tally {
  std::uint64_t messages = 0; // trades
  std::uint64_t frames = 0;   // data frames that held at least one
  std::uint64_t payload_bytes = 0; // of those frames
  std::uint64_t wire_bytes = 0; // received, TLS included
  std::uint64_t other_messages = 0; // welcome, subscribed, heartbeat, …

  std::uint64_t sampled_messages = 0;
  std::uint64_t holes = 0;    // sampled: numbers missing without a gap message
  std::uint64_t repeats = 0;  // sampled: numbers not above the last one
  std::uint64_t strangers = 0; // sampled: trades of a symbol nobody asked for, or not readable
  std::uint64_t gaps = 0;     // gap messages, seen by anybody
  latency tick_to_client;     // sampled

  latency tls_us;             // connect() to the end of the TLS handshake
  latency open_us;            // connect() to the end of the upgrade
  latency subscribed_us;      // command to its acknowledgement
  std::map<std::string, std::uint64_t> errors;

  void add(const tally& other) {
    messages += other.messages;
    frames += other.frames;
    payload_bytes += other.payload_bytes;
    wire_bytes += other.wire_bytes;
    other_messages += other.other_messages;
    sampled_messages += other.sampled_messages;
    holes += other.holes;
    repeats += other.repeats;
    strangers += other.strangers;
    gaps += other.gaps;
    tick_to_client.add(other.tick_to_client);
    tls_us.add(other.tls_us);
    open_us.add(other.open_us);
    subscribed_us.add(other.subscribed_us);
    for (auto& [what, count] : other.errors) errors[what] += count;
  }
};

} // namespace bench
