#pragma once
// When a market's day begins and ends: what a bar of a day and the statistics count, and nothing else. Hours are by the
// clock on the wall of its time zone, so a day has 23 or 25 of them when that is put forward or back. Looked up once a
// session, never once a tick.
//
// It knows no holidays and no week: a day without trades has no bar.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}

namespace tickcast::feed {

// One sentence: what is wrong with a rule, and how it is written.
struct bad_hours : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A session, or the time between two.
struct market_spell {
  std::int64_t begin_ns = 0, end_ns = 0;  // Unix time; it ends before `end_ns`
  bool trading = false;

  bool holds(std::int64_t ns) const { return ns >= begin_ns && ns < end_ns; }
};

class trading_hours {
 public:
  trading_hours() = default;  // from midnight to midnight, UTC
  // "24h UTC", "09:30-16:00 America/New_York", "17:00-16:00 America/Chicago" (begins on the evening before). Throws bad_hours.
  explicit trading_hours(std::string_view text);

  // What this moment is in.
  market_spell at(std::int64_t ns) const;
  // Unix time of what a clock on the wall shows, given as if it were UTC; the earlier of two, when it is put back.
  std::int64_t from_local(std::int64_t local_ns) const;
  // The day that the session of this moment counts as, on which it ends: seconds of its 00:00 UTC.
  std::int64_t day_of(std::int64_t ns) const;
  std::string zone() const;                 // of the IANA's names
  int opens_at() const { return open_; }    // minutes since midnight
  int closes_at() const { return close_; }  // beyond 24 hours: on the day after

 private:
  std::int64_t offset_seconds(std::int64_t ns) const;

  const date::time_zone* zone_ = nullptr;  // null: UTC
  int open_ = 0, close_ = 24 * 60;         // minutes since midnight; a close beyond 24 hours is on the next day
};

// Whose hours are which: the first rule whose pattern matches a symbol. "* 09:30-16:00 America/New_York", "BTC-* 24h UTC".
class market_calendar {
 public:
  market_calendar() = default;
  explicit market_calendar(const std::vector<std::string>& rules);  // throws bad_hours

  const trading_hours& of(std::string_view symbol) const;

 private:
  struct rule {
    std::string pattern;
    trading_hours hours;
  };
  std::vector<rule> rules_;
  trading_hours otherwise_;
};

}  // namespace tickcast::feed
