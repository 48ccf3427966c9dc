#pragma once
// A book as a client keeps it that merely applies what it is told, and what must be true of it after each message: there
// was a book to change, a level that is removed was there, there are no more levels than were asked for, bids stay below
// asks, and the checksum is that of the levels. Which numbers came is not its business (coverage.hpp).
#include <cstdint>
#include <deque>
#include <string>

#include "wire/book.hpp"
#include "wire/market_message.hpp"

namespace tickcast::wire {

class book_judge {
 public:
  // An acknowledgement: so many levels, from the snapshot of `n` on; 0: of the next one.
  void expect(std::size_t depth, sequence n);
  // What is wrong, beginning with the name of the law, or nothing. What the book is by then goes into the fingerprint.
  std::string take(market_message& m);
  void gap() { known_ = false, gap_ = true; }

  // Every level of it is known, to this depth, which was the only one; 0: not every one, or there were others.
  std::size_t depth() const { return known_ && awaited_.empty() && !changed_once_ ? depth_ : 0; }

 private:
  struct promise {
    std::size_t depth = 0;
    sequence n = 0;
  };
  std::string apply(book_side s, std::string_view levels, const market_message& m);
  std::size_t most() const;

  book levels_;
  std::size_t depth_ = 0;
  std::deque<promise> awaited_;
  bool begun_ = false, known_ = false, gap_ = false;
  // The depth has changed with this number. Control messages come first, so a book of the old one may come with it, too.
  bool changing_ = false, changed_once_ = false;
  sequence changed_ = 0;
  std::size_t depth_before_ = 0;
  bool unsure_ = false;  // how deep it is: `*` gave it another depth, and no number from which on
};

}  // namespace tickcast::wire
