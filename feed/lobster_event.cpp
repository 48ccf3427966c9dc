#include "feed/lobster_event.hpp"

#include <charconv>
#include <chrono>

namespace tickcast::feed {
namespace {

using namespace std::chrono;

constexpr std::int64_t none = 9'999'999'999;  // the price of a level that is not there, or its negative
constexpr std::int64_t whole_max = 1'000'000'000'000;

std::string_view next_field(std::string_view& line) {
  const std::size_t comma = line.find(',');
  const std::string_view field = line.substr(0, comma);
  line = comma == line.npos ? std::string_view{} : line.substr(comma + 1);
  return field;
}

bool read_whole(std::string_view text, std::int64_t& to) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc{} && stop == text.data() + text.size() && to <= whole_max && to >= -whole_max;
}

// Seconds with up to nine decimals.
bool read_seconds(std::string_view text, std::int64_t& ns) {
  const std::size_t point = text.find('.');
  std::int64_t seconds = 0, fraction = 0;
  if (!read_whole(text.substr(0, point), seconds) || seconds < 0 || seconds > 200'000) return false;
  if (point != text.npos) {
    const std::string_view digits = text.substr(point + 1);
    if (digits.empty() || digits.size() > 9 || digits.front() == '-' || !read_whole(digits, fraction)) return false;
    for (std::size_t i = digits.size(); i < 9; ++i) fraction *= 10;
  }
  ns = seconds * 1'000'000'000 + fraction;
  return true;
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

sys_days sunday_on_or_after(year_month_day day) {
  const sys_days from{day};
  return from + (Sunday - weekday{from});
}

}  // namespace

const char* read_lobster_event(std::string_view line, lobster_event& to) {
  line = without_return(line);
  std::int64_t kind = 0, direction = 0;
  if (!read_seconds(next_field(line), to.after_midnight_ns)) return "its time is no number of seconds after midnight";
  if (!read_whole(next_field(line), kind) || kind < 1 || kind > 7) return "its type is none of 1 to 7";
  to.kind = static_cast<lobster_kind>(kind);
  if (!read_whole(next_field(line), to.order) || !read_whole(next_field(line), to.size) || to.size < 0 ||
      !read_whole(next_field(line), to.price))
    return "its order, size and price are not whole numbers";
  if (!read_whole(next_field(line), direction) || (direction != 1 && direction != -1)) return "its direction is neither 1 nor -1";
  to.buy = direction == 1;
  if (to.kind == lobster_kind::halt) return to.price >= -1 && to.price <= 1 ? nullptr : "it is a halt, and its price is none of -1, 0 and 1";
  return to.price > 0 ? nullptr : "its price is not above 0";
}

const char* read_lobster_row(std::string_view line, lobster_row& to) {
  constexpr const char* uneven = "it is no list of ask price, ask size, bid price and bid size";
  line = without_return(line);
  to.bids.clear();
  to.asks.clear();
  for (to.columns = 0; !line.empty(); ++to.columns)
    for (auto* side : {&to.asks, &to.bids}) {
      lobster_level l;
      if (!read_whole(next_field(line), l.price) || !read_whole(next_field(line), l.size)) return uneven;
      if (l.price == none || l.price == -none) continue;
      if (l.price <= 0 || l.size <= 0) return "a level has no price or no size";
      side->push_back(l);
    }
  return to.columns > 0 ? nullptr : uneven;
}

lobster_name lobster_name_of(const std::string& message_path) {
  lobster_name made;
  const std::size_t slash = message_path.rfind('/');
  const std::size_t base = slash == message_path.npos ? 0 : slash + 1;
  const std::size_t word = message_path.rfind("message");
  if (word != message_path.npos && word >= base) made.book_path = std::string{message_path}.replace(word, 7, "orderbook");
  const std::size_t first = message_path.find('_', base);
  const std::size_t second = first == message_path.npos ? first : message_path.find('_', first + 1);
  if (second == message_path.npos) return made;
  made.symbol = message_path.substr(base, first - base);
  made.date = message_path.substr(first + 1, second - first - 1);
  return made;
}

std::optional<std::int64_t> new_york_midnight_ns(std::string_view date) {
  const auto part = [&](std::size_t from, std::size_t length) {
    std::int64_t value = -1;
    if (date.size() != 10 || date[4] != '-' || date[7] != '-' || !read_whole(date.substr(from, length), value)) value = -1;
    return static_cast<int>(value);
  };
  const year_month_day day{year{part(0, 4)}, month{static_cast<unsigned>(part(5, 2))}, std::chrono::day{static_cast<unsigned>(part(8, 2))}};
  if (part(0, 4) < 1987 || part(0, 4) > 2200 || part(5, 2) < 1 || part(8, 2) < 1 || !day.ok()) return std::nullopt;
  const year y = day.year();
  const bool since_2007 = y >= year{2007};
  const sys_days begins = since_2007 ? sunday_on_or_after(y / March / 8) : sunday_on_or_after(y / April / 1);
  const sys_days ends = since_2007 ? sunday_on_or_after(y / November / 1) : sunday_on_or_after(y / October / 25);
  const sys_days today{day};
  // The clocks change at two in the morning of these days, after midnight.
  const auto behind = today > begins && today <= ends ? hours{4} : hours{5};
  return duration_cast<nanoseconds>((today + behind).time_since_epoch()).count();
}

}  // namespace tickcast::feed
