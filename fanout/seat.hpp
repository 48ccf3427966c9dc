#pragma once
// Where a subscription sits: who gets the fragments, and the subscription itself, which knows its place, so that
// leaving costs the same however many others listen.
#include <cstdint>
#include <vector>

#include "fanout/outbox.hpp"
#include "fanout/subscription.hpp"

namespace tickcast::fanout {

struct seat {
  outbox* who = nullptr;
  subscription* what = nullptr;
};

inline void sit_down(std::vector<seat>& seats, seat s) {
  s.what->seat = static_cast<std::uint32_t>(seats.size());
  seats.push_back(s);
}

// The last one takes the place that becomes free.
inline void stand_up(std::vector<seat>& seats, std::uint32_t at) {
  seats[at] = seats.back();
  seats[at].what->seat = at;
  seats.pop_back();
}

}  // namespace tickcast::fanout
