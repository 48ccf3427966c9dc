#pragma once
// The sequencer's own lane: what shards ask of it. Many producers, one consumer; requests of one shard stay in order
// (each shard is one thread, hence one implicit producer of the queue), those of different shards do not.
#include <memory>

#include <concurrentqueue/concurrentqueue.h>

#include "wire/answer.hpp"
#include "wire/doorbell.hpp"

namespace tickcast::wire {

class inbox {
 public:
  inbox() = default;
  ~inbox() {
    while (next()) {
    }
  }

  // Any shard.
  void ask(std::unique_ptr<request> r) {
    queue_.enqueue(r.release());
    bell_.ring();
  }

  // The ingest thread; null when there is nothing.
  std::unique_ptr<request> next() {
    request* r = nullptr;
    queue_.try_dequeue(r);
    return std::unique_ptr<request>{r};
  }
  // An estimate that errs towards "not empty" only while somebody is asking; asked again after `doze`.
  bool empty() const { return queue_.size_approx() == 0; }
  doorbell& bell() { return bell_; }

 private:
  moodycamel::ConcurrentQueue<request*> queue_;
  doorbell bell_;
};

}  // namespace tickcast::wire
