#pragma once
// The sleeping side of a doorbell, as a thread with work to wait for does it.
#include <poll.h>
#include <unistd.h>

#include <cstdint>

#include "wire/doorbell.hpp"

namespace tickcast::wire {

inline constexpr int wake_deadline_ms = 20'000;

inline bool is_rung(const doorbell& bell) {
  pollfd wait{bell.fd(), POLLIN, 0};
  return ::poll(&wait, 1, 0) == 1;
}

// What the bell has counted since it was last read; 0: it was not rung.
inline std::uint64_t read_bell(const doorbell& bell) {
  std::uint64_t rung = 0;
  return ::read(bell.fd(), &rung, sizeof rung) == sizeof rung ? rung : 0;
}

// Blocks until `work()` holds. False: nobody rang before the deadline, although there was work or never was.
template <class Work>
bool sleep_until(doorbell& bell, Work work) {
  while (!work()) {
    bell.doze();
    if (!work()) {
      pollfd wait{bell.fd(), POLLIN, 0};
      if (::poll(&wait, 1, wake_deadline_ms) != 1) return false;
      read_bell(bell);
    }
    bell.rise();
  }
  return true;
}

}  // namespace tickcast::wire
