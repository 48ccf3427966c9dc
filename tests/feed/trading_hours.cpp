#include "feed/trading_hours.hpp"

#include <gtest/gtest.h>

#include <string>

#include "feed/condition_rules.hpp"

namespace tickcast::feed {
namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;

// "trading, 6.5 h from 1710163800": what a moment is in.
std::string at(const std::string& hours, std::int64_t unix_s) {
  const market_spell spell = trading_hours{hours}.at(unix_s * second);
  EXPECT_TRUE(spell.holds(unix_s * second));
  const auto length = static_cast<double>(spell.end_ns - spell.begin_ns) / static_cast<double>(hour);
  std::string shown = std::to_string(length);
  shown.erase(shown.find_last_not_of('0') + 1);
  return std::string{spell.trading ? "trading " : "closed "} + shown + " h from " + std::to_string(spell.begin_ns / second);
}

TEST(TradingHours, AreWholeDaysOfUtcUnlessSaid) {
  const market_spell spell = trading_hours{}.at(1'732'100'000 * second);
  EXPECT_TRUE(spell.trading);
  EXPECT_EQ(spell.begin_ns, 1'732'060'800 * second);
  EXPECT_EQ(spell.end_ns, 1'732'147'200 * second);
}

TEST(TradingHours, FollowTheClockOnTheWall) {
  const std::string nyse = "09:30-16:00 America/New_York";
  EXPECT_EQ(at(nyse, 1'709'908'200), "trading 6.5 h from 1709908200");  // Friday, 8 March 2024, 14:30 UTC
  EXPECT_EQ(at(nyse, 1'709'908'199), "closed 17.5 h from 1709845200");
  EXPECT_EQ(at(nyse, 1'710'163'800), "trading 6.5 h from 1710163800");  // Monday, after the change: 13:30 UTC
  EXPECT_EQ(at(nyse, 1'710'100'000), "trading 6.5 h from 1710077400") << "a Sunday: it knows no week";
}

TEST(TradingHours, OfAWholeDayAre23WhenClocksGoForward) {
  EXPECT_EQ(at("24h America/New_York", 1'710'072'000), "trading 23. h from 1710046800");
  EXPECT_EQ(at("24h America/New_York", 1'730'635'200), "trading 25. h from 1730606400");
}

TEST(TradingHours, MayBeginOnTheEveningBefore) {
  const std::string cme = "17:00-16:00 America/Chicago";
  EXPECT_EQ(at(cme, 1'732'060'800), "trading 23. h from 1732057200");   // 20 November, midnight UTC: 18:00 in Chicago
  EXPECT_EQ(at(cme, 1'732'057'199), "closed 1. h from 1732053600");
}

std::string fault_of(const std::string& rule) {
  try {
    market_calendar{{rule}};
  } catch (const bad_hours& error) {
    return error.what();
  }
  return {};
}

TEST(MarketCalendar, TakesTheFirstRuleThatFits) {
  const market_calendar all{{"BTC-* 24h UTC", "*.DE 09:00-17:30 Europe/Berlin", "AAPL 09:30-16:00 America/New_York"}};
  const std::int64_t noon = 1'732'104'000 * second;
  EXPECT_EQ(all.of("BTC-USD").at(noon).end_ns - all.of("BTC-USD").at(noon).begin_ns, 24 * hour);
  EXPECT_EQ(all.of("SAP.DE").at(noon).begin_ns, 1'732'089'600 * second);
  EXPECT_FALSE(all.of("AAPL").at(noon).trading);
  EXPECT_TRUE(all.of("MSFT").at(noon).trading) << "24 hours, UTC";
  EXPECT_TRUE(all.of("BTC").at(noon).trading);
}

TEST(MarketCalendar, SaysWhatIsWrongWithARule) {
  EXPECT_NE(fault_of("* 9:30-16:00 UTC").find("'9:30-16:00' are no hours"), std::string::npos);
  EXPECT_NE(fault_of("* 09:30-25:00 UTC").find("are no hours"), std::string::npos);
  EXPECT_NE(fault_of("* 09:30-16:00").find("it names no time zone"), std::string::npos);
  EXPECT_NE(fault_of("* 09:30-16:00 UTC Mon-Fri").find("there is more than"), std::string::npos);
  EXPECT_NE(fault_of("* 24h Mars/Base").find("knows no time zone 'Mars/Base'"), std::string::npos);
  EXPECT_NE(fault_of("A*B* 24h UTC").find("no symbol or pattern"), std::string::npos);
  EXPECT_EQ(fault_of("A*B 00:00-24:00 UTC"), "");
}

TEST(ConditionRules, SayWhatATradeCountsFor) {
  const condition_rules all{{"I volume", "B price", "Odd Lot nothing"}};
  const auto of = [&](std::initializer_list<const char*> conditions) {
    wire::notes notes;
    notes.add(wire::note_tag::id, "I");
    for (const char* c : conditions) notes.add(wire::note_tag::condition, c);
    return all.of(notes);
  };
  EXPECT_EQ(of({}), 0u);
  EXPECT_EQ(of({"@", "I"}), wire::no_price);
  EXPECT_EQ(of({"B"}), wire::no_volume);
  EXPECT_EQ(of({"I", "B"}), wire::no_price | wire::no_volume);
  EXPECT_EQ(of({"Odd Lot"}), wire::no_price | wire::no_volume);
  EXPECT_THROW((condition_rules{{"I"}}), bad_condition_rule);
  EXPECT_THROW((condition_rules{{"I often"}}), bad_condition_rule);
}

}  // namespace
}  // namespace tickcast::feed
