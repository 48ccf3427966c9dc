#pragma once
// Clients that are due the same messages get the same frame: joined once, and compressed once where that was agreed on.
// Nobody declares such groups; they are found when a turn is flushed, among the lists that were joined last. Those who
// follow one symbol stand side by side then, and need no more than the last one. Each encoding has its own.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fanout/batch.hpp"
#include "fanout/sent.hpp"
#include "fanout/turn.hpp"

namespace tickcast::fanout {

class shared_batches {
 public:
  struct shared {
    std::vector<fragment_index> due;  // of the turn with this number
    std::uint64_t turn = 0;
    bool whole = false;  // false: more than one batch can hold, so there is nothing to share
    batch messages;
    sent sum;

    bool is(std::span<const fragment_index> list, std::uint64_t of_turn) const {
      return turn == of_turn && std::equal(due.begin(), due.end(), list.begin(), list.end());
    }
  };

  // Where these are, or are to be joined if it `is` not theirs yet.
  shared& at(std::span<const fragment_index> due) {
    return places_[(due.front() * 31 + due.back() * 7 + due.size()) % places_.size()];
  }

 private:
  std::array<shared, 8> places_{};  // few, so that they stay in the cache; more found no more groups
};

}  // namespace tickcast::fanout
