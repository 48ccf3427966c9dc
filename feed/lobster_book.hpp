#pragma once
// A book of price levels built from LOBSTER's order events. What was there before the first event comes from the book file,
// and so does a level that comes up from below the last one that the files show: what happens down there is in neither.
// Everything else follows from the events, and is held against the book file after each of them.
//
// It judges; what it publishes is what the book file shows, if the two should ever differ.
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "feed/lobster_event.hpp"
#include "wire/book.hpp"

namespace tickcast::feed {

class lobster_book {
 public:
  // How the events and the book file compare, a count of events for each.
  struct figures {
    std::uint64_t events = 0;
    std::uint64_t equal = 0;      // every level follows from the events
    std::uint64_t came_up = 0;    // … but one that came up from below; and had it been seen there before?
    std::uint64_t came_up_new = 0, came_up_same = 0, came_up_changed = 0;
    std::uint64_t different = 0;  // anything else
  };

  // Takes an event and the row that follows it. `changes` gets what becomes of the book, the first time all of it.
  void take(const lobster_event& e, const lobster_row& after, std::vector<wire::level_change>& changes);

  const figures& found() const { return found_; }
  // The first event that did not lead to its row, counted from 1; 0: there was none.
  std::uint64_t first_different() const { return first_different_; }

 private:
  struct side {
    std::vector<lobster_level> levels;           // the best first
    std::map<std::int64_t, std::int64_t> below;  // what was pushed down out of sight, as it was then
  };
  enum class outcome : std::uint8_t { equal, came_up_new, came_up_same, came_up_changed, different };

  void seed(const lobster_event& e, const lobster_row& after);
  void step(const lobster_event& e, std::int64_t sign);
  outcome settle(wire::book_side s, const lobster_row& after);

  std::array<side, 2> sides_;
  bool begun_ = false;
  figures found_;
  std::uint64_t first_different_ = 0;
};

}  // namespace tickcast::feed
