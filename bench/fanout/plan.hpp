// What one run of the load generator is to do: the command line, checked. Not: what it found (report.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

enum class protocol { arrays, sbe, lines, nats }; // see dialect.cpp

struct plan {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  int server_pid = 0;           // whose CPU and memory are sampled; 0: nobody's
  std::string path = "/v1/stream";
  bool tls = true;
  protocol speaks = protocol::arrays;
  std::uint32_t clients = 1000;
  std::uint32_t sample = 50;    // of these, how many are checked for order and holes, and timed
  std::uint32_t symbols = 1000; // S: names are prefix + five digits, 0 … S-1
  std::uint32_t per_client = 20; // k: each client draws its own k of the S
  std::string prefix = "S";
  std::uint64_t seed = 1;       // of the draw: the same for every server of a run
  std::string channel = "trades";
  std::string options;          // further members of the subscribe command, e.g. "mode":"latest"
  unsigned threads = 1;         // that read the counted clients; the sampled ones have one of their own
  std::uint32_t nap_us = 500;   // how often the counted clients are read; 0: as soon as something comes
  std::uint32_t connecting = 64; // handshakes under way at once, over all threads
  double connect_s = 60;        // deadline of the connect phase and of the subscribe phase, each
  double settle_s = 0.5;        // quiet time before the idle memory is read
  double warmup_s = 2;
  double window_s = 5;
  std::uint32_t align_us = 0;   // messages come in bursts so far apart: the window begins between two of them
  bool storm = false;           // after the window: the counted clients are dropped and come back, the sampled ones stay
  std::string label;            // copied into the report

  std::string symbol(std::uint32_t index) const;
};

// Ends the process with one sentence and status 2 when the command line cannot be meant.
plan read_plan(int argc, char** argv);

} // namespace bench
