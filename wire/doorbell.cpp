#include "wire/doorbell.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace tickcast::wire {

doorbell::doorbell() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

doorbell::~doorbell() { ::close(fd_); }

void doorbell::ring() {
  // A read-modify-write on both sides orders "work put, then looked at dozing" against "dozing set, then looked at
  // work" without a fence, which ThreadSanitizer would not understand. It is paid once per batch, not per tick.
  if (!dozing_.exchange(false, std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);  // EAGAIN: it is readable already
}

void doorbell::doze() { dozing_.exchange(true, std::memory_order_seq_cst); }

// An exchange, so that the next doze still sees what was put before an earlier ring; it is paid once a sleep.
void doorbell::rise() { dozing_.exchange(false, std::memory_order_acq_rel); }

}  // namespace tickcast::wire
