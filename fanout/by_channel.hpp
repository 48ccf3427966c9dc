#pragma once
// Something for each channel, which takes memory only for those that it was needed for: of a dozen channels a client uses
// two or three.
#include <utility>
#include <vector>

#include "wire/channel.hpp"

namespace tickcast::fanout {

template <class Thing>
class by_channel {
 public:
  // Null: there was none yet.
  Thing* find(wire::channel c) {
    for (auto& [of, thing] : things_)
      if (of == c) return &thing;
    return nullptr;
  }
  const Thing* find(wire::channel c) const { return const_cast<by_channel*>(this)->find(c); }
  Thing& operator[](wire::channel c) {
    if (Thing* const there = find(c)) return *there;
    return things_.emplace_back(c, Thing{}).second;
  }
  void clear() { things_.clear(); }

 private:
  std::vector<std::pair<wire::channel, Thing>> things_;
};

}  // namespace tickcast::fanout
