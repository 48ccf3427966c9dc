#pragma once
// When a symbol's market is open, for those who only tell it on.
#include <cstdint>
#include <string>
#include <string_view>

namespace tickcast::wire {

class market_hours {
 public:
  struct hours {
    std::string session = "24x7";    // or from when to when by the clock on its wall: "0930-1600"
    std::string zone = "Etc/UTC";    // that clock's, of the IANA's names
  };

  // Any thread.
  virtual hours hours_of(std::string_view symbol) const = 0;
  // The day (seconds of its 00:00 UTC) that a session counts as, by its begin.
  virtual std::int64_t day_of(std::string_view symbol, std::int64_t start_ns) const = 0;

 protected:
  ~market_hours() = default;
};

}  // namespace tickcast::wire
