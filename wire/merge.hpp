#pragma once
// What several ticks of one stream amount to: the newest, plus first, high, low, volume and how many. Merging is
// associative, so it does not matter where it happens: in a class for all its subscribers, in one slow client's
// backlog, or first here and then there. A bar built from merged trades equals the bar built from the raw ones.
//
// Of views of the trades (bars, stats) it is the newest state; the end of a bar, and a change after it, stay by themselves.
//
// It never spans a hole: numbers f…n are covered without exception, or `add` refuses. It may span the edge of a bar: who
// merges looks at `ends_before`, and begins a new one there if he can.
#include <cstdint>
#include <string>

#include "wire/notes.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

inline constexpr std::int64_t bar_second_ns = 1'000'000'000, bar_minute_ns = 60 * bar_second_ns;

// The shortest bar that merging once an interval leaves whole: at least two intervals long, since for shorter ones there
// would be more pieces than intervals to send them in.
constexpr std::int64_t whole_bar_ns(std::uint32_t interval_ms) {
  return interval_ms <= 500 ? bar_second_ns : interval_ms <= 30'000 ? bar_minute_ns : 5 * bar_minute_ns;
}

// What a merged message says beside its newest tick: which ones it stands for, and of trades their bar.
struct extent {
  sequence first = 0;
  std::uint64_t count = 0;
  decimal open, high, low, volume;
};

class merge {
 public:
  bool empty() const { return count_ == 0; }
  sequence first() const { return first_; }
  sequence last() const { return newest_.n; }
  std::uint64_t count() const { return count_; }
  const tick& newest() const { return newest_; }
  // Those of the newest, if it says what it says with them: a trade's are of one trade alone.
  std::string_view notes() const {
    return plain() || newest_.kind == record_kind::status ? std::string_view{notes_} : std::string_view{};
  }
  // It is told as its newest tick is: of a view the newest stands for all of it.
  bool plain() const { return count_ == 1 || view(); }
  bool view() const { return is_view(channel_of(newest_.kind)); }
  // A bar that was closed, or changed after that: an event, which nothing is merged with.
  bool event() const { return !empty() && view() && newest_.state != bar_state::open; }
  decimal open() const { return open_; }
  decimal high() const { return high_; }
  decimal low() const { return low_; }
  decimal volume() const { return volume_; }
  extent covered() const { return {first_, count_, open_, high_, low_, volume_}; }
  std::int64_t arrived_ns() const { return arrived_ns_; }  // of the oldest
  std::int64_t began_ns() const { return began_ns_; }      // the venue's time of the oldest
  // Whether a trade at this time of the venue belongs to another bar of this length than the newest. Nobody builds bars
  // from quotes: of them the newest is all that counts.
  bool ends_before(std::int64_t venue_ns, std::int64_t bar_ns) const {
    return !empty() && newest_.kind == record_kind::trade && newest_.venue_ns / bar_ns != venue_ns / bar_ns;
  }

  // False, and nothing changed: the tick does not follow on, or the volume has no room, or one of the two is an event of
  // its own. Send what is here, clear, add.
  bool add(const tick& t, std::string_view notes);
  bool add(const merge& later);
  void clear() { count_ = 0; }

 private:
  bool add_view(const tick& t, std::string_view notes, std::uint64_t count);

  tick newest_{};
  sequence first_ = 0;
  std::uint64_t count_ = 0;
  std::int64_t arrived_ns_ = 0, began_ns_ = 0;
  decimal open_, high_, low_, volume_;
  std::string notes_;
};

}  // namespace tickcast::wire
