#pragma once
// An order book by price levels: two flat sorted lists, the best price at the end of each, since most of what changes is
// near it. Levels have no orders; a size of 0 is no level.
//
// It does not judge: whether bids stay below asks is asked with `crossed()`. Prices and sizes are kept in one form (no zero
// at the end of a fraction, no exponent that can be written out), so that equal ones are equal by their members.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire/decimal.hpp"

namespace tickcast::wire {

enum class book_side : std::uint8_t { bid, ask };
inline constexpr std::array<book_side, 2> book_sides{book_side::bid, book_side::ask};
constexpr std::size_t index_of(book_side s) { return static_cast<std::size_t>(s); }

struct level {
  decimal price, size;
  friend bool operator==(const level&, const level&) = default;
};

// From now on there is this much at this price; 0: nothing.
struct level_change {
  book_side side = book_side::bid;
  decimal price, size;
};

inline constexpr std::size_t checked_levels = 10;  // of each side, that `sum` covers

class book {
 public:
  // What a change did. `rank`: the place of the level, 0 is the best; of one that is gone the place that it had.
  struct effect {
    enum class kind : std::uint8_t { none, changed, added, removed };
    effect::kind what = kind::none;
    std::size_t rank = 0;
    level now;       // in the form that is kept
    decimal before;  // its size until then
  };

  effect apply(book_side side, decimal price, decimal size);
  effect apply(const level_change& c) { return apply(c.side, c.price, c.size); }
  void clear() {
    for (auto& levels : levels_) levels.clear();
  }

  bool empty() const { return levels_[0].empty() && levels_[1].empty(); }
  std::size_t count(book_side s) const { return levels_[index_of(s)].size(); }
  const level& at(book_side s, std::size_t rank) const {
    const auto& levels = levels_[index_of(s)];
    return levels[levels.size() - 1 - rank];
  }
  // 0: there is no such level.
  decimal size_at(book_side s, decimal price) const;
  // A bid that is not below an ask.
  bool crossed() const;
  // The best `depth` levels of each side of another.
  void take_top(const book& of, std::size_t depth);
  std::size_t bytes() const { return (levels_[0].size() + levels_[1].size()) * sizeof(level); }

  // CRC-32 as Kraken's WebSocket v2 defines it: of the best ten asks and then the best ten bids, or of as many as `depth`
  // shows, price and size of each without the point and without zeros in front.
  std::uint32_t sum(std::size_t depth = checked_levels) const;

  friend bool operator==(const book&, const book&) = default;

 private:
  std::size_t place_of(book_side s, decimal price, bool& there) const;

  std::array<std::vector<level>, 2> levels_;
};

// The digits of a number as a checksum takes them: no point, no zeros in front. Returns the end; at most
// `decimal_text_max` characters.
char* write_digits(char* to, decimal value);

}  // namespace tickcast::wire
