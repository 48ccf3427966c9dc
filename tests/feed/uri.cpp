#include "feed/uri.hpp"

#include <gtest/gtest.h>

namespace tickcast::feed {
namespace {

template <class Settings>
Settings read(std::string_view text) {
  const uri got = parse_uri(text);
  EXPECT_EQ(got.text, text);
  return std::get<Settings>(got.source);
}

std::string complaint(std::string_view text) {
  try {
    parse_uri(text);
  } catch (const bad_uri& e) {
    return e.what();
  }
  return "none";
}

TEST(Uri, SimulatesTwoDozenTickersByDefault) {
  for (const char* text : {"sim:", "sim:?", "sim"}) {
    const auto s = read<sim_settings>(text);
    EXPECT_EQ(s.symbols, 24u);
    EXPECT_EQ(s.rate, 200u);
    EXPECT_EQ(s.prefix, "");
    EXPECT_EQ(s.trades, 1u);
    EXPECT_EQ(s.quotes, 3u);
  }
}

TEST(Uri, ReadsEveryKeyOfASimulation) {
  for (const char* text : {"sim:symbols=500&rate=50000&seed=7&prefix=S&mix=trades",
                           "sim:?symbols=500&rate=50000&seed=7&prefix=S&mix=trades"}) {
    const auto s = read<sim_settings>(text);
    EXPECT_EQ(s.symbols, 500u);
    EXPECT_EQ(s.rate, 50000u);
    EXPECT_EQ(s.seed, 7u);
    EXPECT_EQ(s.prefix, "S");
    EXPECT_EQ(s.trades, 1u);
    EXPECT_EQ(s.quotes, 0u);
  }
  EXPECT_EQ(read<sim_settings>("sim:").depth, 0u);
  EXPECT_EQ(read<sim_settings>("sim:depth=20").depth, 20u);
  EXPECT_EQ(read<sim_settings>("sim:mix=quotes").trades, 0u);
  EXPECT_EQ(read<sim_settings>("sim:mix=2:5").trades, 2u);
  EXPECT_EQ(read<sim_settings>("sim:mix=2:5").quotes, 5u);
  EXPECT_EQ(read<sim_settings>("sim:rate=10000000").rate, 10'000'000u);
  EXPECT_EQ(read<sim_settings>("sim:").every_us, 0u);
  EXPECT_EQ(read<sim_settings>("sim:every_us=1000").every_us, 1000u);
}

TEST(Uri, ReadsAFilesPathSpeedAndLoop) {
  EXPECT_EQ(read<file_settings>("ndjson:a.ndjson").speed, 1);
  EXPECT_EQ(read<file_settings>("ndjson:a.ndjson").passes, 1u);
  const auto s = read<file_settings>("ndjson:/data/day 1.ndjson?speed=10&loop=3");
  EXPECT_EQ(s.path, "/data/day 1.ndjson");
  EXPECT_EQ(s.speed, 10);
  EXPECT_EQ(s.passes, 3u);
  EXPECT_EQ(read<file_settings>("ndjson:a?speed=max&loop=forever").speed, 0);
  EXPECT_EQ(read<file_settings>("ndjson:a?speed=max&loop=forever").passes, 0u);
  EXPECT_EQ(read<file_settings>("ndjson:a?loop=").passes, 0u);
  EXPECT_EQ(read<file_settings>("ndjson:a?speed=0.5").speed, 0.5);
  EXPECT_EQ(read<file_settings>("ndjson:what?.ndjson?speed=max").path, "what?.ndjson");
}

TEST(Uri, ReadsAJournalsDirectoryAndSpeed) {
  EXPECT_EQ(read<recorded_settings>("journal:/var/lib/tickcast").directory, "/var/lib/tickcast");
  EXPECT_EQ(read<recorded_settings>("journal:d").speed, 1);
  EXPECT_EQ(read<recorded_settings>("journal:d?speed=max").speed, 0);
  EXPECT_EQ(read<recorded_settings>("journal:d?speed=10").speed, 10);
}

TEST(Uri, ReadsStandardInputAndListeners) {
  read<stdin_settings>("ndjson:-");
  auto s = read<listen_settings>("ndjson+tcp://127.0.0.1:0");
  EXPECT_EQ(s.host, "127.0.0.1");
  EXPECT_EQ(s.port, 0);
  s = read<listen_settings>("ndjson+tcp://[::1]:65535");
  EXPECT_EQ(s.host, "::1");
  EXPECT_EQ(s.port, 65535);
  EXPECT_EQ(read<listen_settings>("ndjson+tcp://localhost:9000").host, "localhost");
}

TEST(Uri, SaysWhatIsWrongInOneSentence) {
  const struct {
    const char* text;
    const char* says;
  } table[] = {
      {"", "unknown kind of feed"},
      {"kafka://x", "unknown kind of feed; write sim:, ndjson:PATH, ndjson:-, ndjson+tcp://HOST:PORT, journal:DIR, lobster:PATH or lean:PATH"},
      {"sim:foo=1", "unknown key 'foo'; sim: takes symbols, rate, every_us, seed, prefix, depth and mix"},
      {"sim:rate", "'rate' has no value"},
      {"sim:rate=0", "rate must be a whole number from 1 to 10000000, not '0'"},
      {"sim:rate=10000001", "rate must be"},
      {"sim:rate=1.5", "rate must be"},
      {"sim:rate=-1", "rate must be"},
      {"sim:rate=", "rate must be"},
      {"sim:every_us=0", "every_us must be a whole number from 1 to 1000000, not '0'"},
      {"sim:every_us=1000001", "every_us must be"},
      {"sim:symbols=0", "symbols must be a whole number from 1 to 1000000, not '0'"},
      {"sim:seed=x", "seed must be"},
      {"sim:prefix=", "prefix must be"},
      {"sim:prefix=a b", "prefix must be"},
      {"sim:prefix=abcdefghijklmnopqrstuvwxyz", "prefix must be"},
      {"sim:mix=both", "mix must be trades, quotes or T:Q"},
      {"sim:mix=0:0", "mix must be"},
      {"sim:mix=1:", "mix must be"},
      {"ndjson:", "there is no path"},
      {"ndjson:?speed=1", "there is no path"},
      {"ndjson:a?speed=0", "speed must be max or a positive number such as 1 or 10, not '0'"},
      {"ndjson:a?speed=-1", "speed must be"},
      {"ndjson:a?speed=nan", "speed must be"},
      {"ndjson:a?speed=fast", "speed must be"},
      {"ndjson:a?loop=0", "loop must be forever or how often"},
      {"ndjson:a?pace=1", "unknown key 'pace'; ndjson:PATH takes speed and loop"},
      {"ndjson:-?speed=1", "standard input takes no keys"},
      {"lobster:", "there is no path; write lobster:PATH, the message file"},
      {"lobster:/d/x.csv", "the file's name has no 'message' in it"},
      {"lobster:message_10.csv", "the file's name begins with no symbol; add symbol=AAPL"},
      {"lobster:A_2012_message_10.csv", "'2012' is no day; add date=2012-06-21"},
      {"lobster:A_2012-02-30_message_10.csv", "'2012-02-30' is no day"},
      {"lobster:A_2012-06-21_message_10.csv?levels=0", "levels must be a whole number from 1 to 1000"},
      {"lobster:A_2012-06-21_message_10.csv?loop=1", "unknown key 'loop'; lobster:PATH takes symbol, date, levels and speed"},
      {"journal:", "there is no directory; write journal:DIR"},
      {"journal:?speed=1", "there is no directory"},
      {"journal:d?speed=0", "speed must be max or a positive number such as 1 or 10, not '0'"},
      {"journal:d?loop=2", "unknown key 'loop'; journal:DIR takes speed"},
      {"ndjson+tcp://", "there is no port"},
      {"ndjson+tcp://host", "there is no port"},
      {"ndjson+tcp://[::1]", "there is no port"},
      {"ndjson+tcp://:9000", "there is no host"},
      {"ndjson+tcp://host:", "the port must be a number from 0 to 65535"},
      {"ndjson+tcp://host:65536", "the port must be"},
      {"ndjson+tcp://::1:9000", "an IPv6 address stands in brackets"},
      {"ndjson+tcp://host:9000/path", "nothing can follow the port"},
      {"ndjson+tcp:host:9000", "unknown kind of feed"},
  };
  for (const auto& row : table) {
    const std::string got = complaint(row.text);
    EXPECT_TRUE(got.starts_with("feed '" + std::string(row.text) + "': " + row.says)) << row.text << " -> " << got;
    EXPECT_EQ(got.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace tickcast::feed
