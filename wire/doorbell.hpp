#pragma once
// Wakes one sleeping thread from any other; while the thread is awake it costs the ringer one atomic exchange a batch.
// The sleeper says `doze()`, looks once more whether there is work, and only then blocks on `fd()`; the ringer puts
// the work first and rings after. One of the two always sees the other (both sides exchange), so no wake-up is lost.
#include <atomic>

namespace tickcast::wire {

class doorbell {
 public:
  doorbell();   // throws std::system_error when the process is out of descriptors
  ~doorbell();
  doorbell(const doorbell&) = delete;
  doorbell& operator=(const doorbell&) = delete;

  void ring();       // any thread, after the work was made visible
  void doze();       // the sleeper, before its last look
  void rise();       // the sleeper, awake again
  int fd() const { return fd_; }  // readable when rung

 private:
  std::atomic<bool> dozing_{false};
  int fd_;
};

}  // namespace tickcast::wire
