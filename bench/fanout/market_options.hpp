// What the programs that make the market for themselves are told on the command line: the same words for all, and those that only
// some of them have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>

namespace bench {

struct market_options {
  std::uint16_t port = 0;
  std::uint32_t symbols = 1000;
  double rate = 2000;             // ticks a second over all symbols
  std::uint32_t tick_us = 1000;   // the timer at which the ticks that are due are made
  std::uint64_t seed = 7;
  std::string prefix = "S";
  // ---- of some ----
  std::string certificate{}, key{};
  std::uint32_t flush_us = 0;     // 0: after each batch of ticks
};

// `more`: those of some that this program has. Ends the process where a word is wrong, or asks for help.
inline market_options read_options(int argc, char** argv, const char* program, const char* usage, std::initializer_list<std::string_view> more,
                                   market_options what = {}) {
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--help") { std::fputs(usage, stdout); std::exit(0); }
    if (i + 1 == argc) { std::fprintf(stderr, "%s: no value after %s\n", program, argv[i]); std::exit(2); }
    const char* value = argv[++i];
    auto is_one_of_ours = [&](std::string_view other) { return name == other && std::find(more.begin(), more.end(), other) != more.end(); };
    if (name == "--port") what.port = std::uint16_t(std::atoi(value));
    else if (name == "--symbols") what.symbols = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--rate") what.rate = std::atof(value);
    else if (name == "--tick-us") what.tick_us = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--seed") what.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--prefix") what.prefix = value;
    else if (is_one_of_ours("--cert")) what.certificate = value;
    else if (is_one_of_ours("--key")) what.key = value;
    else if (is_one_of_ours("--flush-us")) what.flush_us = std::uint32_t(std::max(0, std::atoi(value)));
    else { std::fprintf(stderr, "%s: no such option: %s\n", program, argv[i - 1]); std::exit(2); }
  }
  return what;
}

} // namespace bench
