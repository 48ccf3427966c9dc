#include "app/machine.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>
#include <utility>

#include <sched.h>
#include <sys/resource.h>

namespace tickcast::app {

std::size_t usable_processors() {
  std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    processors = static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  double quota = 0, period = 0;
  if (std::ifstream{"/sys/fs/cgroup/cpu.max"} >> quota >> period && period > 0)  // "max" is no number: no quota
    processors = std::min(processors, static_cast<std::size_t>(std::max(1.0, std::ceil(quota / period))));
  return processors;
}

std::uint64_t raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t soft = std::exchange(limit.rlim_cur, limit.rlim_max);
  if (soft != limit.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) return soft;
  return limit.rlim_cur;
}

std::int64_t monotonic_ns() {
  return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

}  // namespace tickcast::app
