#include "feed/instrument.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "feed/settings.hpp"

namespace tickcast::feed {
namespace {

instrument share(const char* name, double price, double spread, double volatility, double lots, double weight) {
  instrument made;
  made.name = name;
  made.price = price;
  made.spread = spread;
  made.volatility = volatility;
  made.lots = lots;
  made.weight = weight;
  return made;
}

// Coins, currencies and futures: no lots of a hundred, no venues.
instrument other(const char* name, double price, std::int64_t step, std::int8_t price_exponent, double spread,
                 double volatility, std::int64_t lot, std::int8_t size_exponent, double lots, double weight) {
  return {name, price, step, price_exponent, spread, volatility, lot, size_exponent, lots, false, false, weight};
}

}  // namespace

std::span<const instrument> well_known() {
  static const std::array<instrument, well_known_symbols> all{
      share("AAPL", 227.5, 1, 0.28, 4, 10),   share("MSFT", 417.3, 3, 0.25, 2, 7),
      share("NVDA", 141.9, 1, 0.52, 8, 14),   share("AMZN", 202.6, 2, 0.32, 3, 7),
      share("GOOGL", 176.4, 1, 0.3, 3, 6),    share("META", 561.7, 6, 0.36, 1.5, 5),
      share("TSLA", 338.2, 4, 0.6, 3, 12),    share("AMD", 139.4, 2, 0.48, 4, 7),
      share("NFLX", 871.3, 25, 0.34, 1, 2),   share("INTC", 24.6, 1, 0.5, 30, 5),
      share("JPM", 243.1, 3, 0.24, 2, 2.5),   share("BAC", 46.2, 1, 0.27, 25, 3.5),
      share("XOM", 118.7, 1, 0.24, 5, 2.5),   share("KO", 63.8, 1, 0.15, 12, 1.5),
      share("DIS", 114.2, 2, 0.28, 4, 2),     share("BRK.B", 471.6, 12, 0.17, 1, 1),
      share("SPY", 589.4, 1, 0.16, 10, 11),   share("QQQ", 503.2, 2, 0.22, 6, 8),
      other("BTC-USD", 94250, 1, -2, 80, 0.6, 1, -4, 1800, 13),
      other("ETH-USD", 3110, 1, -2, 12, 0.7, 1, -3, 4200, 9),
      other("SOL-USD", 238, 1, -2, 3, 0.9, 1, -2, 3500, 6),
      other("EUR/USD", 1.0542, 1, -5, 2, 0.08, 100'000, 0, 12, 7),
      other("USD/JPY", 154.63, 1, -3, 3, 0.1, 100'000, 0, 10, 5),
      other("ES=F", 5915.25, 25, -2, 1, 0.17, 1, 0, 18, 9),
  };
  return all;
}

instrument drawn(std::string name, std::size_t rank, random& dice) {
  instrument made;
  made.name = std::move(name);
  made.price = 5.0 * std::pow(100.0, dice.uniform());  // 5 … 500, as many below 50 as above
  made.spread = 1 + std::floor(dice.exponential(0.8 + made.price / 150));
  made.volatility = 0.15 + dice.exponential(0.2);
  made.lots = 1 + dice.exponential(4);
  made.weight = (0.5 + dice.uniform()) / std::pow(static_cast<double>(rank) + 5.0, 0.6);
  return made;
}

}  // namespace tickcast::feed
