#pragma once
// The book of one symbol as the sequencer keeps it: what a feed says becomes the steps that it makes, removals first, so
// that after any of them there is a book that could be. What would cross it, or make it too deep, changes nothing.
//
// It numbers nothing. One thread, that of the sequencer; a copy that was handed out is immutable.
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "wire/answer.hpp"
#include "wire/book.hpp"
#include "wire/book_tick.hpp"

namespace tickcast::feed {

inline constexpr std::size_t book_levels_max = 5000;  // a side

enum class book_verdict : std::uint8_t { taken, crossed, too_deep };

class order_book {
 public:
  // Carries it out. `steps` gets what has changed, in order; it may be nothing. `whole`: these are all levels there are.
  book_verdict change(std::span<const wire::level_change> levels, bool whole, std::vector<wire::level_step>& steps);

  // A tick that was made of such steps before, or of a state.
  void take(const wire::tick& t, std::string_view notes);
  void forget() { levels_.clear(); }
  void stamp(std::int64_t venue_ns) { venue_ns_ = venue_ns; }

  const wire::book& levels() const { return levels_; }
  std::int64_t venue_ns() const { return venue_ns_; }
  // As it is after the tick `last`. Those who ask between two ticks share one.
  std::shared_ptr<const wire::book_copy> copy(wire::sequence last);

  bool filling = false;  // a state is being read: what belongs to it may follow

 private:
  book_verdict judge() const;
  void step(const wire::level_change& c, std::vector<wire::level_step>& steps);

  wire::book levels_, next_;
  std::int64_t venue_ns_ = 0;
  std::shared_ptr<const wire::book_copy> copy_;
  wire::sequence copied_ = 0;
};

}  // namespace tickcast::feed
