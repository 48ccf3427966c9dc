#pragma once
// What a feed URI can say about each kind of source, with the defaults.
#include <cstdint>
#include <string>
#include <variant>

namespace tickcast::feed {

inline constexpr std::uint32_t well_known_symbols = 24;

struct sim_settings {
  std::uint32_t symbols = well_known_symbols;  // 1 … 1,000,000
  std::uint32_t rate = 200;                    // ticks a second over all symbols, 1 … 10,000,000; looks alive on a chart
  std::uint64_t seed = 1;                      // same seed, same market
  std::uint32_t every_us = 0;                  // ticks gather until the next multiple of it; 0: made as they fall due
  std::string prefix;                          // empty: the well-known tickers first, then S00000, S00001, …
  std::uint32_t trades = 1, quotes = 3;        // their share in the mix
  std::uint32_t depth = 0;                     // levels a side of books that follow the quotes; 0: no books
};

struct file_settings {
  std::string path;
  double speed = 1;          // of the file's own clock; 0: as fast as it can be read
  std::uint64_t passes = 1;  // how often it is played; 0: forever
};

struct recorded_settings {
  std::string directory;  // a journal
  double speed = 1;       // of the clock by which it was recorded; 0: as fast as it can be read
};

struct lobster_settings {
  std::string path;         // the message file
  std::string book_path;    // the order book file beside it
  std::string symbol, date; // as its name says, unless said otherwise
  std::uint32_t levels = 0; // of the order book file; 0: as many as it has
  double speed = 1;         // of the file's own clock; 0: as fast as it can be read
};

struct lean_settings {
  std::string path;                        // CSV, or a ZIP that holds it
  std::string symbol;                      // empty: the name of its directory
  std::string date;                        // empty: the first eight digits of its name
  std::string zone = "America/New_York";   // whose midnight it counts from
  double speed = 1;                        // of its own clock; 0: as fast as it can be read
};

struct stdin_settings {};

struct listen_settings {
  std::string host;  // name or address, IPv6 without its brackets
  std::uint16_t port = 0;
};

using source_settings = std::variant<sim_settings, file_settings, recorded_settings, lobster_settings, stdin_settings,
                                     listen_settings, lean_settings>;

}  // namespace tickcast::feed
