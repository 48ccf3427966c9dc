#pragma once
// One day of US trades as QuantConnect's LEAN keeps them: CSV lines `milliseconds since midnight, price × 10,000, size,
// exchange, sale conditions (hex), suspicious`, mostly in a ZIP. It becomes events one line after the other.
//
// Which trades count for bars is what the file's own bars follow: outside the regular session all do; within it, odd lots,
// intermarket sweeps, average prices and trades of stock options are volume, and no price; a price that only refers to one
// that was there before is nothing. docs/bars.md holds it against those bars.
#include <cstdint>
#include <string>
#include <string_view>

#include "feed/event.hpp"
#include "feed/settings.hpp"

namespace tickcast::feed {

class lean_tape {
 public:
  // Reads the whole file. Throws std::runtime_error, one sentence.
  explicit lean_tape(const lean_settings& settings);

  enum class step : std::uint8_t { event, bad, end };
  // Fills `into`; its name is valid as long as this.
  step next(event& into);
  std::uint64_t line() const { return line_; }  // of what came last
  const char* why() const { return why_; }      // after `bad`

  static std::uint64_t flags_of(std::uint64_t conditions);

 private:
  bool read(std::string_view line, event& into);

  std::string text_, symbol_;
  std::string_view left_;
  std::int64_t midnight_ns_ = 0;
  std::uint64_t line_ = 0;
  const char* why_ = "";
};

}  // namespace tickcast::feed
