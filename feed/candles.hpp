#pragma once
// The bars of all symbols and periods, and the statistics of their sessions, built from the trades. It is told of every trade
// and of the time, and tells one listener what somebody watches.
//
// A trade touches one candle: what has come within this second of the venue's time and has not been added to the bars yet.
// When the second is over it is added to the open bar of each period. A trade that comes late goes to where its time
// belongs: to open bars, to closed ones as far as they are kept, which are then told again, as revised.
//
// Bars end by the venue's clock: by a trade of a later time, or because that clock has gone on since the last trade as ours
// has. So an idle symbol's bar is closed in time, also in a replay of another day; a replay that is faster than time
// closes its bars by its trades.
//
// It lives on the ingest thread, does not know who listens, and keeps nothing on disk: that is the bar_keeper's business.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "feed/arrival.hpp"
#include "feed/bar_keeper.hpp"
#include "feed/closing_times.hpp"
#include "feed/condition_rules.hpp"
#include "feed/counters.hpp"
#include "feed/symbol_bars.hpp"
#include "feed/trading_hours.hpp"
#include "wire/record.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {

inline constexpr std::size_t bars_bytes_default = 256 * 1024 * 1024;

using bar_taker = std::function<void(std::string_view symbol, const wire::bar& b)>;

struct bar_settings {
  market_calendar sessions;
  condition_rules conditions;
  std::size_t bytes = bars_bytes_default;  // of closed bars, beyond eight a symbol and period
  bar_keeper* keeper = nullptr;            // who is told of all bars; null: nobody
  // Gives those from before the start, of each symbol and period the oldest first; their numbers are 0 if they are of another
  // epoch than the one that goes on.
  std::function<void(const bar_taker&)> past = {};
};

// Who passes on what has changed. The tick is a bar's or a stat's, as `wire::pack` makes it.
class bar_listener {
 public:
  virtual void told(const wire::tick& t, const wire::notes& notes) = 0;

 protected:
  ~bar_listener() = default;
};

class candles {
 public:
  candles(const wire::symbol_table& symbols, const bar_settings& settings, bar_listener& to);
  ~candles();

  // A trade of this symbol is on its way: by the time it is here, so is what it needs, and nobody waits for it.
  void fetch(wire::symbol_id symbol) const {
    if (index_of(symbol) >= all_.size()) return;
    const char* const at = reinterpret_cast<const char*>(all_[index_of(symbol)].get());
    for (std::size_t line = 0; line < symbol_bars::hot_lines; ++line) __builtin_prefetch(at + 64 * line, 1);
  }
  // `mono_ns`: now. The tick is numbered, its flags say what it counts for.
  void trade(const wire::tick& t, std::int64_t mono_ns);
  // A trade from before the start. What a bar that was taken back has in it already is passed over.
  void restore(const wire::tick& t, std::int64_t mono_ns);
  // A bar from before the start; of each period the oldest first, before any trade. False: it is left out, as its market had
  // other hours then.
  bool take_back(const wire::bar& b, const arrival& at);

  // Bars that are over by now are closed, and the keeper is told of open ones. At most a slice of the work: call again
  // at `next_ns`.
  void close_due(std::int64_t mono_ns);
  std::optional<std::int64_t> next_ns() const;
  // The end: the keeper is told of what it does not know yet, seconds included.
  void tell_rest();

  // Whether somebody wants this view of a symbol; or of those that trade for the first time from now on, which do not need
  // to be `named`.
  void watch(wire::symbol_id symbol, wire::channel view, bool wanted, bool named = true);
  void watch_new(wire::channel view, bool wanted);

  // ---- what answers show: ticks with their notes, oldest first ----
  // 0: there is nothing to show.
  wire::sequence last(wire::symbol_id symbol, wire::channel view) const;
  // The newest bars, at most `count` of them; the last may be open. Returns how many there were.
  std::size_t copy_last(wire::symbol_id symbol, wire::channel view, std::size_t count, std::vector<wire::record>& to) const;
  // For who has missed what was told from the trade `first` on: what was closed of those bars that begin at `start_ns` or
  // later, what was revised of older ones, and the state as it is. Returns the last number that cannot be had any more, 0:
  // nothing is missing.
  wire::sequence copy_missed(wire::symbol_id symbol, wire::channel view, std::int64_t start_ns, wire::sequence first,
                             std::vector<wire::record>& to) const;
  // From here on bars of this view have not been closed yet.
  std::int64_t open_from(wire::symbol_id symbol, wire::channel view) const;

  std::uint64_t too_late() const { return too_late_.value(); }  // trades older than what is kept of a period; any thread

 private:
  symbol_bars& of(wire::symbol_id symbol);
  const symbol_bars* find(wire::symbol_id symbol) const;
  bool enter(symbol_bars& b, const wire::tick& t);
  void amend(symbol_bars& b, wire::period p, const wire::tick& t);
  void close(symbol_bars& b, wire::period p, std::int64_t arrived_ns);
  void end_before(symbol_bars& b, std::int64_t venue_ns, std::int64_t arrived_ns);
  void expect_end(symbol_bars& b, std::int64_t end_ns);
  void tell_open(symbol_bars& b, std::int64_t arrived_ns);
  void tell(const symbol_bars& b, wire::period p, const candle& c, wire::bar_state state, std::int64_t arrived_ns);
  void tell_stat(const symbol_bars& b, std::int64_t arrived_ns);
  void tell_keeper(std::int64_t mono_ns);
  void keep_open(const symbol_bars& b, wire::period p);
  void changed(symbol_bars& b);

  const wire::symbol_table& symbols_;
  const market_calendar sessions_;
  bar_listener& to_;
  bar_keeper* const keeper_;
  candle_budget budget_;
  std::uint8_t watched_new_ = 0;
  std::vector<std::unique_ptr<symbol_bars>> all_;  // by symbol
  closing_times closing_;
  std::vector<wire::symbol_id> changed_, telling_;  // of what the keeper does not know yet
  std::int64_t tell_ns_ = 0;
  count too_late_;
};

}  // namespace tickcast::feed
