#pragma once
// Ticks and merges of every kind that a feed can bring, by chance: a seed gives the same ones again.
#include <cstdint>
#include <random>
#include <string>

#include "wire/merge.hpp"
#include "wire/notes.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {

class random_ticks {
 public:
  explicit random_ticks(std::uint64_t seed) : dice_(seed) {}

  bool chance(int percent) { return between(1, 100) <= percent; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(dice_);
  }

  // The next of its stream; `strings` is filled with its notes.
  tick next(record_kind kind, notes& strings) {
    strings.clear();
    tick t{};
    t.kind = kind;
    t.symbol = symbol_id{static_cast<std::uint32_t>(chance(5) ? between(0, UINT32_MAX) : between(0, 9))};
    t.n = ++n_;
    t.venue_ns = chance(5) ? between(INT64_MIN, INT64_MAX) : between(1'700'000'000'000'000'000, 1'800'000'000'000'000'000);
    t.price_exponent = exponent();
    t.size_exponent = exponent();
    if (kind == record_kind::quote) {
      t.quote = {mantissa(), mantissa(), mantissa(), mantissa()};
      return t;
    }
    t.trade = {mantissa(), mantissa(), {}, 0};
    t.side = static_cast<trade_side>(between(0, 2));
    if (chance(60))
      for (std::int64_t i = between(0, venue_max - 1); i >= 0; --i) t.trade.venue[i] = static_cast<char>(between(1, 127));
    if (chance(30)) strings.add(note_tag::id, word(between(1, 60)));
    if (chance(30))
      for (std::int64_t i = between(1, 5); i > 0; --i) strings.add(note_tag::condition, word(between(0, 12)));
    return t;
  }

  // Of up to 20 ticks of one stream; of none if the first two have no common volume.
  merge next_merge(record_kind kind) {
    merge m;
    notes strings;
    const std::int64_t count = between(1, 20);
    const auto symbol = symbol_id{static_cast<std::uint32_t>(between(0, 9))};
    for (std::int64_t i = 0; i < count; ++i) {
      tick t = next(kind, strings);
      t.symbol = symbol;
      if (!m.add(t, strings.bytes())) break;
    }
    return m;
  }

 private:
  std::int8_t exponent() { return static_cast<std::int8_t>(chance(70) ? between(-4, 0) : between(-18, 18)); }
  std::int64_t mantissa() {
    if (chance(5)) return 0;
    if (chance(5)) return between(-999'999'999'999'999'999, 999'999'999'999'999'999);
    return between(1, 10'000'000) * (chance(10) ? 1000 : 1) * (chance(10) ? -1 : 1);
  }
  std::string word(std::int64_t length) {
    static constexpr const char* odd[] = {"é", "\"", "\\", "\n", "€", "\x01"};
    std::string text;
    while (static_cast<std::int64_t>(text.size()) < length)
      text += chance(90) ? std::string(1, static_cast<char>(between(' ', '~'))) : std::string{odd[between(0, 5)]};
    return text;
  }

  std::mt19937_64 dice_;
  sequence n_ = 0;
};

}  // namespace tickcast::wire
