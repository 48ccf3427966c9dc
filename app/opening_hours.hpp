#pragma once
// The hours of the feeds' markets, told to those who serve clients.
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "feed/trading_hours.hpp"
#include "wire/market_hours.hpp"

namespace tickcast::app {

class opening_hours final : public wire::market_hours {
 public:
  explicit opening_hours(feed::market_calendar sessions) : sessions_(std::move(sessions)) {}

  hours hours_of(std::string_view symbol) const override {
    const feed::trading_hours& of = sessions_.of(symbol);
    const int open = of.opens_at(), close = of.closes_at();
    if (open == 0 && close == 24 * 60) return {"24x7", of.zone()};
    return {fmt::format("{:02}{:02}-{:02}{:02}", open / 60, open % 60, close / 60 % 24, close % 60), of.zone()};
  }
  std::int64_t day_of(std::string_view symbol, std::int64_t start_ns) const override { return sessions_.of(symbol).day_of(start_ns); }

 private:
  const feed::market_calendar sessions_;
};

}  // namespace tickcast::app
