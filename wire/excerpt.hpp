#pragma once
// Some ticks of one stream, as they were recorded, notes in front of theirs. A sheet of records is immutable once
// anybody refers to it, so that many answers, and the queues of clients that read slowly, share one copy of what they
// have in common. An excerpt is read from its front and becomes shorter, as a client takes what it shows.
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "wire/notes.hpp"
#include "wire/record.hpp"

namespace tickcast::wire {

using sheet = std::vector<record>;

class excerpt {
 public:
  excerpt() = default;
  // The last record of the part must be a tick.
  excerpt(std::shared_ptr<const sheet> of, std::size_t first, std::size_t records)
      : of_(std::move(of)), at_(first), end_(first + records) {}

  bool empty() const { return at_ == end_; }
  std::size_t records() const { return end_ - at_; }
  std::size_t bytes() const { return records() * sizeof(record); }

  // The first tick; its notes are gathered into `to`.
  const tick& front(notes& to) const {
    to.clear();
    std::size_t i = at_;
    for (; (*of_)[i].kind() == record_kind::note; ++i) to.gather((*of_)[i].note);
    return (*of_)[i].tick;
  }
  void pop_front() {
    while ((*of_)[at_].kind() == record_kind::note) ++at_;
    ++at_;
  }

  // The last `ticks` of them; there must be so many.
  excerpt newest(std::size_t ticks) const {
    std::size_t from = end_;
    for (; ticks > 0; --ticks) {
      --from;
      while (from > at_ && (*of_)[from - 1].kind() == record_kind::note) --from;
    }
    return {of_, from, end_ - from};
  }

  // Calls `see(tick, notes)` for each tick, oldest first.
  template <class See>
  void each(See see) const {
    notes strings;
    for (excerpt left = *this; !left.empty(); left.pop_front()) {
      const tick& t = left.front(strings);
      see(t, strings.bytes());
    }
  }

 private:
  std::shared_ptr<const sheet> of_;
  std::size_t at_ = 0, end_ = 0;
};

}  // namespace tickcast::wire
