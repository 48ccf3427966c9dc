#pragma once
// Where ticks come from. A source lives on the ingest thread's io_context: it is started before that thread runs (so
// that what is missing or busy ends the start-up with a sentence) and from then on works in bounded turns, each ended
// by a commit. Its name, liveness and counters may be read from any thread.
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "feed/counters.hpp"

namespace tickcast::feed {

class source {
 public:
  explicit source(std::string name) : name_(std::move(name)) {}
  virtual ~source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;

  virtual void start() = 0;  // throws std::runtime_error: one clear sentence
  virtual void stop() = 0;   // the ingest thread, or after it has ended

  const std::string& name() const { return name_; }  // the URI as given
  const counters& counts() const { return counts_; }
  // Ticks may come: always, until the end of the input, or while a publisher is connected.
  bool live() const { return live_.load(std::memory_order_relaxed); }
  bool ended() const { return ended_.load(std::memory_order_relaxed); }  // and none will come any more

 protected:
  void set_live(bool to) { live_.store(to, std::memory_order_relaxed); }
  void set_ended() {
    set_live(false);
    ended_.store(true, std::memory_order_relaxed);
  }

  counters counts_;

 private:
  const std::string name_;
  std::atomic<bool> live_{false};
  std::atomic<bool> ended_{false};
};

}  // namespace tickcast::feed
