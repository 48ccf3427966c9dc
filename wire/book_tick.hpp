#pragma once
// Changed levels of a book as a tick: the first in its body, up to nine more as a note. Each has the size that was there
// before, so that a book can be taken back to an earlier number, from which a client goes on.
//
// One event of a feed may change more than a tick holds: then it is several ticks, each of which leaves a whole book, since
// what goes, goes first. A `whole` tick begins the book anew, and `more` ones of the same number add to it; they are made
// of a state, not of a change, and are how a journal's file begins.
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/book.hpp"
#include "wire/notes.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

inline constexpr std::size_t tick_levels_max = 10;

// A change together with what it replaced.
struct level_step {
  level_change change;
  decimal before;
};

// Gathers changes until a tick is full.
class book_packer {
 public:
  explicit book_packer(book_part part = book_part::change) { begin(part); }

  bool empty() const { return count_ == 0; }
  // False: it does not fit; finish this tick, begin another, add it again. An empty one takes any.
  bool add(const level_step& s);
  // The tick, without symbol, number and times; then the packer is empty.
  void finish(tick& to, notes& strings, book_part next);

 private:
  struct packed {
    std::int64_t price, size, before;
  };
  void begin(book_part part) {
    count_ = 0;
    asks_ = 0;
    part_ = part;
    price_exponent_ = size_exponent_ = 0;
  }
  bool put_on(std::int8_t& exponent, std::int8_t finer, std::int64_t packed::*a, std::int64_t packed::*b);

  book_part part_;
  std::size_t count_;
  std::uint16_t asks_;
  std::int8_t price_exponent_, size_exponent_;
  packed levels_[tick_levels_max];
};

// What is wrong with a book tick that comes from a file; null: nothing.
const char* book_tick_fault(const tick& t, std::string_view notes);

// Calls `see(level_step)` for each level of a book tick, in order.
template <class See>
void each_level(const tick& t, std::string_view notes, See see) {
  const auto step_of = [&](std::int64_t price, std::int64_t size, std::int64_t before, std::size_t i) {
    const book_side side = t.book.asks >> i & 1 ? book_side::ask : book_side::bid;
    return level_step{{side, {price, t.price_exponent}, {size, t.size_exponent}}, {before, t.size_exponent}};
  };
  if (t.book.levels == 0) return;
  see(step_of(t.book.price, t.book.size, t.book.before, 0));
  each_note(notes, [&](note_tag tag, std::string_view bytes) {
    if (tag != note_tag::levels) return;
    for (std::size_t i = 1; i < t.book.levels && bytes.size() >= 24; ++i) {
      std::int64_t numbers[3];
      std::memcpy(numbers, bytes.data(), sizeof numbers);
      see(step_of(numbers[0], numbers[1], numbers[2], i));
      bytes.remove_prefix(sizeof numbers);
    }
  });
}

}  // namespace tickcast::wire
