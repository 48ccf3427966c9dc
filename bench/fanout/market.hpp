// The trades that every server of the comparison but tickcast makes for itself: the statistics of tickcast's `sim:` (popularity of
// symbols, flurries of trades in one symbol), text of the same form and size, and the ticks that are due by the clock. Cheap on
// purpose, so that a server's figure is its own fan-out and not this. Not: a random walk that anybody should look at.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

class market {
public:
  market(std::uint32_t symbols, std::string prefix, std::uint64_t seed);

  std::uint32_t size() const { return std::uint32_t(symbols_.size()); }
  const std::string& name(std::uint32_t symbol) const { return symbols_[symbol].name; }
  std::optional<std::uint32_t> find(std::string_view name) const;

  // Makes the next trade, numbered, and says of which symbol it is.
  std::uint32_t next();
  // The last trade of that symbol, {"e":"trade",…}, at a time in µs since 1970; the bytes are good until the next call.
  std::string_view text(std::uint32_t symbol, std::int64_t t_us);
  // {"e":"subscribed",…} for those names; says in `found` which symbols they are.
  std::string acknowledge(const std::vector<std::string_view>& names, std::vector<std::uint32_t>& found) const;

private:
  struct symbol {
    std::string name;
    std::string head;           // {"e":"trade","s":"…","n":
    std::uint64_t n = 0;
    std::int64_t cents = 0;
  };
  struct slot {                 // of the alias table: the symbol itself, or another one
    double own = 1;
    std::uint32_t other = 0;
  };

  std::uint64_t draw();
  void weigh(const std::vector<double>& weights);

  std::uint64_t random_;
  std::string prefix_;
  std::vector<symbol> symbols_;
  std::vector<slot> slots_;
  std::uint32_t current_ = 0, flurry_ = 0;
  char text_[256];
};

// How many ticks have fallen due since the start, however late one asks: the rate holds.
class schedule {
public:
  explicit schedule(double rate) : rate_(rate), start_(std::chrono::steady_clock::now()) {}

  std::int64_t due() {
    auto all = std::int64_t(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() * rate_);
    return all - std::exchange(made_, all);
  }

private:
  double rate_;
  std::chrono::steady_clock::time_point start_;
  std::int64_t made_ = 0;
};

inline std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace bench
