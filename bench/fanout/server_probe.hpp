// What the server process has used so far, read from /proc at one instant. Not: a sampler; the campaign says when.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace bench {

struct server_probe {
  double cpu_s = 0;               // user + system, all threads, ended ones included, to the nanosecond (its CPU clock)
  double user_s = 0, system_s = 0; // of it, in steps of 10 ms (/proc/PID/stat)
  std::uint64_t rss_kb = 0;
  std::uint64_t kernel_kb = 0;    // of the whole machine: slab and what TCP holds in its buffers; both ends of a connection on loopback
  std::map<std::string, double> thread_cpu_s; // by thread name; threads of one name are summed
  double own_cpu_s = 0;           // the load generator's own
  std::int64_t at_us = 0;         // steady clock

  static server_probe of(int pid);
};

} // namespace bench
