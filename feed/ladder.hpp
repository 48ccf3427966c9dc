#pragma once
// Books for the simulated market: below each bid and above each ask as many levels as were asked for, which come, go and
// change as the quotes move. The best of them are the quotes themselves. It throws dice of its own, so that trades and
// quotes are the same with it and without.
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "feed/event.hpp"
#include "feed/instrument.hpp"
#include "feed/random.hpp"

namespace tickcast::feed {

class ladder {
 public:
  ladder(std::uint32_t depth, std::uint64_t seed) : depth_(depth), dice_(seed) {}

  // What the quote does to the book: all of `into` but its symbol and times.
  void follow(const instrument& about, const wire::tick& quote, event& into);

 private:
  using side = std::vector<std::pair<std::int64_t, std::int64_t>>;  // price and size, the best first

  std::int64_t some_size(const instrument& about);
  void follow(wire::book_side s, const instrument& about, const wire::tick& quote, event& into);

  const std::uint32_t depth_;
  random dice_;
  std::array<side, 2> sides_;
  side next_;
};

}  // namespace tickcast::feed
