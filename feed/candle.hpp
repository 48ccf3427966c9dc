#pragma once
// A bar while it is made, or amended: prices by the venue's time, volume, and which trades are in it. Trades and candles are
// added in the order of their numbers, whatever their times: the first and the last by the venue's clock give open and
// close, and of two at the same moment the numbers decide.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "wire/bar.hpp"
#include "wire/bar_message.hpp"
#include "wire/merge.hpp"
#include "wire/wide.hpp"

namespace tickcast::feed {

class candle {
 public:
  std::int64_t start_ns = 0;
  std::uint64_t trades = 0;
  wire::sequence first = 0, last = 0;  // 0: some, or all, are of another epoch

  candle() = default;
  explicit candle(const wire::bar& b)
      : start_ns(b.start_ns), trades(b.trades), first(b.first), last(b.last), volume_(b.volume) {
    put(open_, b.open), put(high_, b.high), put(low_, b.low), put(close_, b.close);
    priced_ = true;
    open_ns_ = b.open_ns != 0 ? b.open_ns : start_ns;
    // What comes later goes on with an open bar; of a closed one nobody knows when its last trade was.
    close_ns_ = b.close_ns != 0 ? b.close_ns : b.closed ? start_ns + seconds_of(b.period) * wire::bar_second_ns - 1 : start_ns;
  }

  bool empty() const { return trades == 0; }
  bool priced() const { return priced_; }  // otherwise there is nothing to show yet
  std::int64_t newest_ns() const { return close_ns_; }
  wire::decimal open() const { return get(open_); }
  wire::decimal high() const { return get(high_); }
  wire::decimal low() const { return get(low_); }
  wire::decimal close() const { return get(close_); }
  wire::decimal volume() const { return volume_.value(); }

  void begin(std::int64_t at_ns) {
    *this = candle{};
    start_ns = at_ns;
  }

  void add(const wire::tick& t) {
    if (trades++ == 0) first = t.n;
    last = t.n;
    if (!(t.trade.flags & wire::no_volume)) volume_.add({t.trade.size, t.size_exponent});
    if (t.trade.flags & wire::no_price) return;
    const wire::decimal p{t.trade.price, t.price_exponent};
    if (!std::exchange(priced_, true)) {
      put(open_, p), put(high_, p), put(low_, p), put(close_, p);
      open_ns_ = close_ns_ = t.venue_ns;
      return;
    }
    if (above(p, high_)) put(high_, p);
    if (below(p, low_)) put(low_, p);
    if (t.venue_ns < open_ns_) put(open_, p), open_ns_ = t.venue_ns;
    if (t.venue_ns >= close_ns_) put(close_, p), close_ns_ = t.venue_ns;
  }

  // All of its trades have later numbers than what is here.
  void add(const candle& later) {
    if (later.empty()) return;
    if (empty()) {
      const std::int64_t start = start_ns;
      *this = later;
      start_ns = start;
      return;
    }
    trades += later.trades;
    last = later.last;
    volume_.add(later.volume_);
    if (!later.priced_) return;
    if (!std::exchange(priced_, true)) {
      prices_ = later.prices_, exponents_ = later.exponents_;
      open_ns_ = later.open_ns_, close_ns_ = later.close_ns_;
      return;
    }
    if (above(later.high(), high_)) put(high_, later.high());
    if (below(later.low(), low_)) put(low_, later.low());
    if (later.open_ns_ < open_ns_) put(open_, later.open()), open_ns_ = later.open_ns_;
    if (later.close_ns_ >= close_ns_) put(close_, later.close()), close_ns_ = later.close_ns_;
  }

  wire::bar as_bar(wire::symbol_id symbol, wire::period p, bool closed) const {
    return {symbol, p, closed, start_ns, open(), high(), low(), close(), volume(), trades, first, last, open_ns_, close_ns_};
  }
  wire::bar_figures figures() const { return {open(), high(), low(), close(), volume(), trades, first, {}, {}}; }

 private:
  enum price : std::uint8_t { open_, high_, low_, close_ };

  wire::decimal get(price which) const { return {prices_[which], exponents_[which]}; }
  void put(price which, wire::decimal d) { prices_[which] = d.mantissa, exponents_[which] = d.exponent; }
  bool above(wire::decimal p, price which) const {
    return p.exponent == exponents_[which] ? p.mantissa > prices_[which] : compare(p, get(which)) > 0;
  }
  bool below(wire::decimal p, price which) const {
    return p.exponent == exponents_[which] ? p.mantissa < prices_[which] : compare(p, get(which)) < 0;
  }

  wire::wide volume_;
  std::int64_t open_ns_ = 0, close_ns_ = 0;  // by the venue's clock
  std::array<std::int64_t, 4> prices_{};
  std::array<std::int8_t, 4> exponents_{};
  bool priced_ = false;
};

}  // namespace tickcast::feed
