#pragma once
// Subscriptions of one stream that are told together, at most once an interval: when the interval is over, or at the end of
// the turn when there is none. What they are told is another's business; this is when.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "fanout/turn.hpp"
#include "fanout/wheel.hpp"

namespace tickcast::fanout {

struct topic;

class interval_class : public wheel::timer {
 public:
  interval_class(topic& t, std::uint32_t interval, std::vector<interval_class*>& ready_list)
      : home(t), interval_ms(interval), ready_(ready_list) {}
  virtual ~interval_class() = default;

  virtual bool pending() const = 0;
  virtual void send_oldest(turn& t, std::string_view symbol) = 0;  // what one interval may bring
  virtual void send_all(turn& t, std::string_view symbol) = 0;       // what there is

  topic& home;
  const std::uint32_t interval_ms;
  std::int64_t next_ns = 0;  // not sent before
  bool ready = false;        // in the list of those to be sent at the end of this turn
  void make_ready() {
    if (std::exchange(ready, true)) return;
    place_ = ready_.size();
    ready_.push_back(this);
  }
  // Nobody is left: it is about to go.
  void forget_ready() {
    if (std::exchange(ready, false)) ready_[place_] = nullptr;
  }

 private:
  void due(std::int64_t) final { make_ready(); }

  std::vector<interval_class*>& ready_;
  std::size_t place_ = 0;  // among the ready, if it is
};

}  // namespace tickcast::fanout
