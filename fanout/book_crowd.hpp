#pragma once
// Those who see a book to the same depth and are told of it together: of each change that they can see, or, once an
// interval, how it is by then. Every message says which numbers it stands for, so that for each of them these follow each
// other without a hole: for most they are the same, and so is the message. Who came, or was shown the book, since the last
// message sits apart until the next one.
#include <cstdint>
#include <string_view>
#include <vector>

#include "fanout/interval_class.hpp"
#include "fanout/seat.hpp"
#include "fanout/tally.hpp"
#include "fanout/tongues.hpp"
#include "wire/book_message.hpp"

namespace tickcast::fanout {

class book_view;

class book_crowd final : public interval_class {
 public:
  // `every`: of each change.
  book_crowd(book_view& of, topic& t, bool is_every, std::uint32_t interval, std::vector<interval_class*>& ready_list)
      : interval_class(t, interval, ready_list), every(is_every), view(of) {}

  const bool every;
  book_view& view;
  std::int64_t arrived_ns = 0;  // of the oldest change that waits for the end of the interval

  // From here on it is told what comes after `last`.
  void join(outbox& who, subscription& s, wire::sequence last);
  void leave(subscription& s);
  bool unused() const { return seats_.empty() && fresh_.empty(); }
  // The last number that it was told, or has in its queue.
  wire::sequence delivered(const subscription& s) const { return s.fresh ? fresh_[s.seat].next - 1 : sent_; }
  // It has been shown how the book is after `last`, in a message of its own.
  void shown(outbox& who, subscription& s, wire::sequence last);

  bool pending() const override;
  void send_oldest(turn& t, std::string_view symbol) override;
  void send_all(turn& t, std::string_view symbol) override {
    if (pending()) send_oldest(t, symbol);
  }
  // Gives all of them what `m` says, which stands for what each has not been told up to `m.last`.
  void give(turn& t, std::string_view symbol, wire::book_message& m, std::int64_t arrived);
  // The numbers before `m.last` cannot be had any more: a gap, then how the book is.
  void give_anew(turn& t, std::string_view symbol, wire::book_message& m, tally& counts);

 private:
  struct fresh_seat {
    seat who;
    wire::sequence next = 0;  // the first number that it has not been told
  };
  template <class Give>
  void each_group(Give give);

  std::vector<seat> seats_;  // all of these have been told up to `sent_`
  tongues seats_in_;
  std::vector<fresh_seat> fresh_;
  wire::sequence sent_ = 0;
};

}  // namespace tickcast::fanout
