#pragma once
// The course of one view of the trades (bars of one period, or statistics) as one subscriber hears it. Of bars: a snapshot
// has the past in order, and what is open last; then each goes on from the one before, is told to be over exactly once, and
// is not told again but as revised. Each call returns what is wrong, beginning with the name of the law, or nothing.
//
// Whether a bar is what its trades amount to is not known here (reference.hpp).
#include <cstdint>
#include <optional>
#include <string>

#include "wire/coverage.hpp"
#include "wire/market_message.hpp"

namespace tickcast::wire {

class view_course {
 public:
  std::string subscribe(const terms& how, const acknowledged& a);
  std::string take(const market_message& m);
  // Judged when the frame has been read.
  std::string heartbeat_over(sequence n) const;

  const terms& how() const { return how_; }
  sequence delivered() const { return told_; }
  bool owes() const { return due_; }

 private:
  std::string snapshot(const market_message& m);
  std::string goes_on(const market_message& m) const;

  terms how_;
  bool subscribed_ = false, again_ = false;
  bool due_ = false, may_come_ = false, showing_ = false;  // a snapshot
  sequence acknowledged_ = 0, told_ = 0;
  std::optional<market_message> newest_;  // that was no revision; without its symbol
};

}  // namespace tickcast::wire
