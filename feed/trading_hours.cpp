#include "feed/trading_hours.hpp"

#include <charconv>
#include <chrono>

#include <date/tz.h>
#include <spdlog/fmt/fmt.h>

namespace tickcast::feed {
namespace {

using std::chrono::minutes, std::chrono::nanoseconds, std::chrono::seconds;

constexpr int day_minutes = 24 * 60;
constexpr std::string_view form =
    "write it like \"* 09:30-16:00 America/New_York\" or \"BTC-* 24h UTC\": a symbol or a pattern with one *, hours and a time zone";

template <class... Args>
[[noreturn]] void fail(std::string_view text, fmt::format_string<Args...> what, Args&&... args) {
  throw bad_hours(fmt::format("session '{}': {}; {}", text, fmt::format(what, std::forward<Args>(args)...), form));
}

std::optional<int> minute_of(std::string_view text) {
  int hour = 0, minute = 0;
  const auto read = [](std::string_view digits, int& to) {
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    return digits.size() == 2 && failed == std::errc{} && end == digits.data() + 2;
  };
  if (text.size() != 5 || text[2] != ':' || !read(text.substr(0, 2), hour) || !read(text.substr(3), minute)) return {};
  const int all = hour * 60 + minute;
  if (hour < 0 || minute < 0 || minute > 59 || all > day_minutes) return {};
  return all;
}

std::string_view word(std::string_view& from) {
  from.remove_prefix(std::min(from.find_first_not_of(' '), from.size()));
  const std::string_view taken = from.substr(0, from.find(' '));
  from.remove_prefix(taken.size());
  return taken;
}

// A pattern is a name, or has one `*` that stands for anything.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name;
  const std::string_view before = pattern.substr(0, star), behind = pattern.substr(star + 1);
  return name.size() + 1 >= pattern.size() && name.starts_with(before) && name.ends_with(behind);
}

}  // namespace

trading_hours::trading_hours(std::string_view text) {
  std::string_view rest = text;
  const std::string_view hours = word(rest), zone = word(rest);
  if (hours != "24h") {
    const auto open = minute_of(hours.substr(0, std::min<std::size_t>(5, hours.size())));
    const auto close = hours.size() == 11 && hours[5] == '-' ? minute_of(hours.substr(6)) : std::nullopt;
    if (!open || !close || *open == day_minutes) fail(text, "'{}' are no hours", hours);
    open_ = *open;
    close_ = *close > *open ? *close : *close + day_minutes;
  }
  if (zone.empty()) fail(text, "it names no time zone");
  if (!word(rest).empty()) fail(text, "there is more than hours and a time zone");
  if (zone == "UTC") return;
  try {
    zone_ = date::locate_zone(std::string{zone});
  } catch (const std::runtime_error&) {
    fail(text, "this machine knows no time zone '{}' (the package tzdata has them)", zone);
  }
}

std::int64_t trading_hours::from_local(std::int64_t local_ns) const {
  if (!zone_) return local_ns;
  const date::local_time<nanoseconds> local{nanoseconds{local_ns}};
  return zone_->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::int64_t trading_hours::offset_seconds(std::int64_t ns) const {
  const std::chrono::sys_time<nanoseconds> moment{nanoseconds{ns}};
  return zone_ ? zone_->get_info(std::chrono::floor<seconds>(moment)).offset.count() : 0;
}

std::string trading_hours::zone() const { return zone_ ? zone_->name() : "Etc/UTC"; }

std::int64_t trading_hours::day_of(std::int64_t ns) const {
  const market_spell spell = at(ns);
  const std::int64_t last_ns = spell.trading ? spell.end_ns - 1 : ns;
  const auto day = std::chrono::floor<date::days>(nanoseconds{last_ns} + seconds{offset_seconds(last_ns)});
  return std::chrono::duration_cast<seconds>(day).count();
}

market_spell trading_hours::at(std::int64_t ns) const {
  const auto today = std::chrono::floor<date::days>(nanoseconds{ns} + seconds{offset_seconds(ns)});
  const auto edge = [&](int day, int minute) {
    return from_local(nanoseconds{today + date::days{day} + minutes{minute}}.count());
  };
  // The session that it is in may have begun yesterday, the next may be tomorrow.
  std::int64_t before = edge(-2, close_);
  for (int day = -1;; ++day) {
    const std::int64_t open = edge(day, open_), close = edge(day, close_);
    if (ns < open) return {before, open, false};
    if (ns < close) return {open, close, true};
    before = close;
  }
}

market_calendar::market_calendar(const std::vector<std::string>& rules) {
  for (const std::string& text : rules) {
    std::string_view rest = text;
    const std::string_view pattern = word(rest);
    if (pattern.empty() || pattern.find('*') != pattern.rfind('*')) fail(text, "it begins with no symbol or pattern");
    rules_.push_back({std::string{pattern}, trading_hours{rest}});
  }
}

const trading_hours& market_calendar::of(std::string_view symbol) const {
  for (const rule& each : rules_)
    if (matches(each.pattern, symbol)) return each.hours;
  return otherwise_;
}

}  // namespace tickcast::feed
