#pragma once
// A made-up market, one tick after the other, determined by its settings alone: the same seed gives the same ticks. It
// has no clock; whoever paces it stamps them.
//
// Each symbol has a fair value that walks at random with a volatility that clusters and a weak pull back to where it
// began; quotes stand around it, trades happen at the bid or the ask, sides and symbols come in runs. Prices never
// reach zero. No more is claimed: it is to look alive and to load a server honestly, not to be traded on.
#include <cstdint>
#include <string_view>
#include <vector>

#include "feed/instrument.hpp"
#include "feed/random.hpp"
#include "feed/settings.hpp"
#include "wire/tick.hpp"

namespace tickcast::feed {

class simulation {
 public:
  explicit simulation(const sim_settings& settings);

  std::size_t size() const { return books_.size(); }
  std::string_view name(std::size_t at) const { return books_[at].about.name; }

  const instrument& about(std::size_t at) const { return books_[at].about; }

  // Makes the next tick: all of it but symbol, number and times. Returns which symbol it is of, 0 … size() - 1.
  std::uint32_t next(wire::tick& into);
  // The next tick belongs to the same flurry as the last one.
  bool in_burst() const { return burst_ > 0; }

 private:
  struct book {
    instrument about;
    double unit = 1;       // what a step is worth
    double calm = 0;       // deviation of one step of the walk, at the usual volatility
    double pull = 0;       // back to the start, a step
    double drift = 0;      // log of the fair value over the price at the start
    double heat = 0;       // log of the volatility over the usual one
    std::int64_t bid = 0, ask = 0;  // in steps
    std::int64_t bid_size = 0, ask_size = 0;
    std::int64_t spread = 1;
    bool quoted = false;
    bool buying = true;
  };
  struct slot {  // of the alias table: the symbol itself, or another one
    double own;
    std::uint32_t other;
  };

  void prepare(double rate);
  void weigh();
  std::uint32_t pick();
  void walk(book& b);
  std::int64_t quote_size(const book& b);
  void make_quote(book& b, wire::tick& into);
  void make_trade(book& b, wire::tick& into);

  const std::uint32_t trades_, quotes_;
  const bool walk_on_trades_;  // quotes are too rare to carry the price
  random dice_;
  std::vector<book> books_;
  std::vector<slot> slots_;
  std::uint32_t current_ = 0;
  std::uint32_t burst_ = 0;
};

}  // namespace tickcast::feed
