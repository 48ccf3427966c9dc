#include "feed/lean_tape.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "feed/trading_hours.hpp"
#include "feed/zip_file.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {
namespace {

constexpr std::int64_t milli_ns = 1'000'000, hour_ns = 3'600'000 * milli_ns;
constexpr std::uint64_t extended_hours = 0x2000, prior_reference = 0x4000000;
constexpr std::uint64_t only_volume = 0x1140020;  // odd lot, average price, stock option, intermarket sweep

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string bytes;
  try {
    if (in.is_open()) bytes.assign(std::istreambuf_iterator<char>{in}, {});
  } catch (const std::ios_base::failure&) {  // a directory opens, but cannot be read
    in.close();
  }
  if (!in.is_open()) throw std::runtime_error("cannot open " + path + ": " + std::strerror(errno));
  if (!bytes.starts_with("PK")) return bytes;
  try {
    return unzip_first(bytes).content;
  } catch (const zip_error& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

// "20131007" as the day it is, in days since the Unix epoch.
std::int64_t days_of(const std::string& date) {
  using namespace std::chrono;
  int value = 0;
  const auto [end, failed] = std::from_chars(date.data(), date.data() + date.size(), value);
  const year_month_day day{year{value / 10'000}, month{static_cast<unsigned>(value / 100 % 100)}, std::chrono::day{static_cast<unsigned>(value % 100)}};
  if (date.size() != 8 || failed != std::errc{} || end != date.data() + 8 || !day.ok())
    throw std::runtime_error("'" + date + "' is no date; name the file like 20131007_trade.zip, or write date=20131007");
  return sys_days{day}.time_since_epoch().count();
}

std::string_view field(std::string_view& line) {
  const std::string_view taken = line.substr(0, line.find(','));
  line.remove_prefix(std::min(line.size(), taken.size() + 1));
  return taken;
}

template <class Number>
bool number(std::string_view text, Number& to, int base = 10) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to, base);
  return !text.empty() && failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

lean_tape::lean_tape(const lean_settings& settings) {
  const std::filesystem::path path{settings.path};
  symbol_ = settings.symbol;
  if (symbol_.empty()) {
    symbol_ = std::filesystem::absolute(path).parent_path().filename().string();
    std::transform(symbol_.begin(), symbol_.end(), symbol_.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  if (!wire::is_symbol(symbol_)) throw std::runtime_error("'" + symbol_ + "' is no symbol; write symbol=IBM");
  const std::int64_t days = days_of(settings.date.empty() ? path.filename().string().substr(0, 8) : settings.date);
  // Clocks are changed at night: noon tells how far this day is from UTC.
  const std::int64_t noon_ns = days * 24 * hour_ns + 12 * hour_ns;
  midnight_ns_ = trading_hours{"24h " + settings.zone}.from_local(noon_ns) - 12 * hour_ns;
  text_ = content_of(settings.path);
  left_ = text_;
}

std::uint64_t lean_tape::flags_of(std::uint64_t conditions) {
  if (conditions & prior_reference) return wire::no_price | wire::no_volume;
  return (conditions & only_volume) && !(conditions & extended_hours) ? wire::no_price : 0;
}

lean_tape::step lean_tape::next(event& into) {
  while (!left_.empty()) {
    std::string_view line = left_.substr(0, left_.find('\n'));
    left_.remove_prefix(std::min(left_.size(), line.size() + 1));
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return read(line, into) ? step::event : step::bad;
  }
  return step::end;
}

bool lean_tape::read(std::string_view line, event& into) {
  into.tick = {};
  into.notes.clear();
  into.name = symbol_;
  into.stamped = true;
  into.tick.kind = wire::record_kind::trade;
  const std::string_view time = field(line), price = field(line), size = field(line), exchange = field(line),
                         conditions = field(line), suspicious = field(line);
  std::int64_t millis = 0;
  std::uint64_t bits = 0;
  wire::trade_body& trade = into.tick.trade;
  const auto fail = [this](const char* what) {
    why_ = what;
    return false;
  };
  // Some files write 34200000.0.
  if (!number(time.substr(0, time.find('.')), millis) || millis < 0 || millis >= 24 * 3'600'000)
    return fail("the first field must be milliseconds since midnight");
  if (!number(price, trade.price)) return fail("the second field must be a price, times 10,000");
  if (!number(size.substr(0, size.find('.')), trade.size) || trade.size < 0) return fail("the third field must be a size");
  if (exchange.size() > wire::venue_max) return fail("the fourth field must be an exchange of at most 8 letters");
  if (!number(conditions, bits, 16)) return fail("the fifth field must be sale conditions in hexadecimal digits");
  std::memcpy(trade.venue, exchange.data(), exchange.size());
  trade.flags = suspicious == "1" ? wire::no_price | wire::no_volume : flags_of(bits);
  if (bits) into.notes.add(wire::note_tag::condition, conditions);
  into.tick.price_exponent = -4;
  into.tick.venue_ns = midnight_ns_ + millis * milli_ns;
  return true;
}

}  // namespace tickcast::feed
