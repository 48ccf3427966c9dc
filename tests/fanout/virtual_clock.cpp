#include "virtual_clock.hpp"

#include <chrono>
#include <ctime>

namespace {

thread_local std::int64_t virtual_ns = 0;  // 0: this thread lives in real time

}  // namespace

std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  if (virtual_ns) return time_point{nanoseconds{virtual_ns}};
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return time_point{seconds{t.tv_sec} + nanoseconds{t.tv_nsec}};
}

namespace tickcast::fanout {

virtual_clock::virtual_clock(std::int64_t start_ns) { virtual_ns = start_ns; }
virtual_clock::~virtual_clock() { virtual_ns = 0; }
std::int64_t virtual_clock::now() const { return virtual_ns; }
void virtual_clock::pass_ns(std::int64_t ns) { virtual_ns += ns; }

}  // namespace tickcast::fanout
