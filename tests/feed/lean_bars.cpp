// Real trades of US equities against the bars that somebody else made of them: how many agree, field by field, and what the
// others have in common. It prints the table of docs/bars.md (bench/bars/agreement.sh shows it alone). The data lies beside the
// repository (shared/data), or where TICKCAST_DATA says; without it nothing is compared.
#include "feed/candles.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <fstream>
#include <iterator>

#include <spdlog/fmt/fmt.h>

#include "feed/lean_tape.hpp"
#include "feed/zip_file.hpp"
#include "tests/given.hpp"

namespace tickcast::feed {
namespace {

namespace fs = std::filesystem;
using wire::period;

constexpr std::int64_t milli_ns = 1'000'000;

struct figures {
  std::array<std::int64_t, 4> prices{};  // open, high, low, close, times 10,000
  std::int64_t volume = 0;
};

// The bars of a file, by milliseconds since midnight.
std::map<std::int64_t, figures> bars_of_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  std::map<std::int64_t, figures> all;
  std::istringstream lines{unzip_first(bytes).content};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    const auto next = [&] {
      std::string one;
      std::getline(fields, one, ',');
      return std::stoll(one);
    };
    const std::int64_t start = next();
    figures& b = all[start];
    for (std::int64_t& p : b.prices) p = next();
    b.volume = next();
  }
  return all;
}

// What our bars are, and what was traded.
struct day final : bar_listener {
  explicit day(const fs::path& trades) {
    wire::symbol_table table{1};
    lean_tape tape{{trades.string(), {}, {}, "America/New_York", 0}};
    candles made{table, {market_calendar{{"* 09:30-16:00 America/New_York"}}, {}, bars_bytes_default}, *this};
    table.append("X");
    for (wire::channel c : {wire::channel::bars_1s, wire::channel::bars_1m}) made.watch(wire::symbol_id{}, c, true);
    event e;
    for (lean_tape::step s; (s = tape.next(e)) != lean_tape::step::end;) {
      EXPECT_EQ(s, lean_tape::step::event) << "line " << tape.line() << ' ' << tape.why();
      e.tick.symbol = wire::symbol_id{};
      e.tick.n = ++count;
      if (midnight_ns == 0) midnight_ns = trading_hours{"24h America/New_York"}.at(e.tick.venue_ns).begin_ns;
      std::uint64_t bits = 0;
      wire::each_note(e.notes.bytes(), [&](wire::note_tag, std::string_view text) { bits = std::stoull(std::string{text}, nullptr, 16); });
      for (period p : {period::s1, period::m1}) {
        interval& of = traded[index_of(p)][start_of(e.tick.venue_ns, p)];
        of.bits |= bits;
        if (!(e.tick.trade.flags & wire::no_volume)) of.volume += e.tick.trade.size;
      }
      made.trade(e.tick, 0);
    }
    made.close_due(INT64_MAX / 2);
  }

  void told(const wire::tick& t, const wire::notes& notes) override {
    const wire::bar_figures f = wire::unpack(t, notes.bytes());
    const auto scaled = [](wire::decimal d) {
      wire::decimal scale{0, -4};
      EXPECT_TRUE(wire::align(d, scale));
      return d.mantissa;
    };
    const period p = period_of(wire::channel_of(t.kind));
    bars[index_of(p)][start_of(t.venue_ns, p)] = {{scaled(f.open), scaled(f.high), scaled(f.low), scaled(f.close)}, f.volume.mantissa};
  }

  std::int64_t start_of(std::int64_t ns, period p) const {
    const std::int64_t length = seconds_of(p) * 1000, ms = (ns - midnight_ns) / milli_ns;
    return ms - ms % length;
  }

  struct interval {
    std::uint64_t bits = 0;
    std::int64_t volume = 0;
  };
  std::int64_t midnight_ns = 0;
  wire::sequence count = 0;
  std::array<std::map<std::int64_t, figures>, 2> bars;
  std::array<std::map<std::int64_t, interval>, 2> traded;
};

struct agreement {
  std::size_t in_file = 0, only_file = 0, only_ours = 0, volume = 0, booked = 0, whole = 0;
  std::array<std::size_t, 4> prices{};
  std::size_t auctions = 0, special = 0, other = 0;  // what the rest have in common
};

agreement compare(const day& ours, period p, const std::map<std::int64_t, figures>& file) {
  constexpr std::uint64_t auction_prints = 0xC0;           // opening and closing
  constexpr std::uint64_t special_prints = 0x3D40A0E;      // sold late, derivatively priced, average price, …
  const auto& bars = ours.bars[index_of(p)];
  // The source adds what was traded in intervals without a price to the bar before them.
  std::map<std::int64_t, figures> booked = bars;
  std::map<std::int64_t, std::uint64_t> bits;
  std::int64_t last = -1;
  for (const auto& [start, of] : ours.traded[index_of(p)]) {
    if (bars.contains(start)) {
      last = start;
    } else if (last >= 0) {
      booked[last].volume += of.volume;
    }
    bits[bars.contains(start) ? start : last] |= of.bits;
  }
  const std::uint64_t day_bits = [&] {
    std::uint64_t all = 0;
    for (const auto& [start, each] : bits) all |= each;
    return all;
  }();
  agreement out;
  out.in_file = file.size();
  const auto explain = [&](std::int64_t start) {
    constexpr std::int64_t open_ms = 34'200'000, close_ms = 57'600'000;
    const std::int64_t length = seconds_of(p) * 1000;
    const bool at_edge = start == open_ms || start == close_ms - length || start == close_ms;  // where auctions are booked
    const std::uint64_t has = bits.contains(start) ? bits.at(start) : day_bits;
    if ((has & auction_prints) || at_edge) {
      ++out.auctions;
    } else {
      ++(has & special_prints ? out.special : out.other);
    }
  };
  for (const auto& [start, theirs] : file) {
    const auto found = bars.find(start);
    if (found == bars.end()) {
      ++out.only_file;
      explain(start);
      continue;
    }
    bool same = true;
    for (std::size_t i = 0; i < 4; ++i) {
      const bool agrees = found->second.prices[i] == theirs.prices[i];
      out.prices[i] += agrees;
      same &= agrees;
    }
    out.volume += found->second.volume == theirs.volume;
    const bool as_booked = booked.at(start).volume == theirs.volume;
    out.booked += as_booked;
    out.whole += same && as_booked;
    if (!same || !as_booked) explain(start);
  }
  for (const auto& [start, b] : bars)
    if (!file.contains(start)) ++out.only_ours, explain(start);
  return out;
}

TEST(LeanBars, AgreeWithThoseOfTheirSource) {
  const fs::path ticks = given::data() / "us-equity-ticks/tick";
  if (!fs::exists(ticks)) GTEST_SKIP() << "there are no trades to compare with: set TICKCAST_DATA to the folder that has us-equity-ticks";
  std::cout << "| day | trades | bars | in the file | open | high | low | close | volume | volume as booked there | only there | only here | "
               "auctions | special prints | other |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  std::vector<fs::path> days;
  for (const auto& entry : fs::recursive_directory_iterator{ticks})
    if (entry.path().filename().string().ends_with("_trade.zip")) days.push_back(entry.path());
  std::sort(days.begin(), days.end());
  ASSERT_FALSE(days.empty());
  for (const fs::path& trades : days) {
    const day ours{trades};
    for (period p : {period::s1, period::m1}) {
      const fs::path symbol = trades.parent_path().filename();
      const auto file = bars_of_file(ticks.parent_path() / (p == period::s1 ? "second" : "minute") / symbol / trades.filename());
      const agreement a = compare(ours, p, file);
      const auto percent = [&](std::size_t of) { return 100.0 * static_cast<double>(of) / static_cast<double>(a.in_file); };
      std::cout << fmt::format("| {} {} | {} | {} | {} | {:.2f} % | {:.2f} % | {:.2f} % | {:.2f} % | {:.2f} % | {:.2f} % | {} | {} | {} | {} | {} |\n",
                               symbol.string(), trades.filename().string().substr(0, 8), ours.count, name_of(p), a.in_file,
                               percent(a.prices[0]), percent(a.prices[1]), percent(a.prices[2]), percent(a.prices[3]),
                               percent(a.volume), percent(a.booked), a.only_file, a.only_ours, a.auctions, a.special, a.other);
      for (std::size_t agrees : a.prices) EXPECT_GE(percent(agrees), 99.7);
      EXPECT_GE(percent(a.booked), 99.2);
      EXPECT_LE(a.only_file + a.only_ours, 3u);
    }
  }
}

}  // namespace
}  // namespace tickcast::feed
