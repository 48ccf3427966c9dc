#include "wire/sbe_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "sbe_schema.hpp"
#include "wire/encode_json.hpp"
#include "wire/status_message.hpp"
#include "wire/tick.hpp"

namespace tickcast::wire {
namespace {

const sbe_schema& schema() {
  static const sbe_schema read{TICKCAST_SOURCE_DIR "/wire/tickcast.sbe.xml"};
  return read;
}

struct placed {
  const char* name;
  std::size_t offset, size;
};

#define PLACED(block, name, member) placed{name, offsetof(block, member), sizeof(block::member)}

template <class Block, std::size_t N>
void same(const char* name, const std::array<placed, N>& members) {
  const sbe_schema::message& m = schema().of(name);
  EXPECT_EQ(m.id, static_cast<std::uint16_t>(Block::id)) << name;
  EXPECT_EQ(m.block, sizeof(Block)) << name;
  EXPECT_EQ(m.fields.size(), N) << name;
  for (const placed& p : members) {
    ASSERT_TRUE(m.fields.contains(p.name)) << name << '.' << p.name;
    EXPECT_EQ(m.fields.at(p.name).offset, p.offset) << name << '.' << p.name;
    EXPECT_EQ(m.fields.at(p.name).size, p.size) << name << '.' << p.name;
  }
}

TEST(SbeLayout, IsThatOfTheSchema) {
  using namespace sbe;
  EXPECT_EQ(schema().id(), schema_id);
  EXPECT_EQ(schema().version(), schema_version);
  EXPECT_EQ(schema().size_of("messageHeader"), sizeof(header));
  EXPECT_EQ(schema().size_of("decimal"), sizeof(number));
  EXPECT_EQ(schema().size_of("groupSizeEncoding"), sizeof(group_size));
  EXPECT_EQ(schema().size_of("varStringEncoding"), 1u);
  EXPECT_EQ(schema().messages().size(), 10u);
  same<trade_block>("trade", std::array{PLACED(trade_block, "sequence", sequence), PLACED(trade_block, "time", time),
                                        PLACED(trade_block, "symbol", symbol), PLACED(trade_block, "flags", flags),
                                        PLACED(trade_block, "side", side), PLACED(trade_block, "price", price),
                                        PLACED(trade_block, "size", size)});
  same<merged_trade_block>(
      "mergedTrade",
      std::array{PLACED(merged_trade_block, "sequence", sequence), PLACED(merged_trade_block, "time", time),
                 PLACED(merged_trade_block, "symbol", symbol), PLACED(merged_trade_block, "count", count),
                 PLACED(merged_trade_block, "firstSequence", first), PLACED(merged_trade_block, "price", price),
                 PLACED(merged_trade_block, "size", size), PLACED(merged_trade_block, "open", open),
                 PLACED(merged_trade_block, "high", high), PLACED(merged_trade_block, "low", low),
                 PLACED(merged_trade_block, "volume", volume)});
  same<quote_block>("quote", std::array{PLACED(quote_block, "sequence", sequence), PLACED(quote_block, "time", time),
                                        PLACED(quote_block, "symbol", symbol), PLACED(quote_block, "flags", flags),
                                        PLACED(quote_block, "bid", bid), PLACED(quote_block, "bidSize", bid_size),
                                        PLACED(quote_block, "ask", ask), PLACED(quote_block, "askSize", ask_size)});
  same<merged_quote_block>(
      "mergedQuote",
      std::array{PLACED(merged_quote_block, "sequence", sequence), PLACED(merged_quote_block, "time", time),
                 PLACED(merged_quote_block, "symbol", symbol), PLACED(merged_quote_block, "count", count),
                 PLACED(merged_quote_block, "firstSequence", first), PLACED(merged_quote_block, "bid", bid),
                 PLACED(merged_quote_block, "bidSize", bid_size), PLACED(merged_quote_block, "ask", ask),
                 PLACED(merged_quote_block, "askSize", ask_size)});
  same<gap_block>("gap", std::array{PLACED(gap_block, "sequence", sequence), PLACED(gap_block, "firstSequence", first),
                                    PLACED(gap_block, "symbol", symbol), PLACED(gap_block, "channel", channel),
                                    PLACED(gap_block, "reason", reason)});
  same<bar_block>("bar", std::array{PLACED(bar_block, "sequence", sequence), PLACED(bar_block, "time", time),
                                    PLACED(bar_block, "symbol", symbol), PLACED(bar_block, "flags", flags),
                                    PLACED(bar_block, "period", period), PLACED(bar_block, "firstSequence", first),
                                    PLACED(bar_block, "trades", trades), PLACED(bar_block, "open", open),
                                    PLACED(bar_block, "high", high), PLACED(bar_block, "low", low),
                                    PLACED(bar_block, "close", close), PLACED(bar_block, "volume", volume)});
  same<stat_block>("stat", std::array{PLACED(stat_block, "sequence", sequence), PLACED(stat_block, "time", time),
                                      PLACED(stat_block, "symbol", symbol), PLACED(stat_block, "flags", flags),
                                      PLACED(stat_block, "trades", trades), PLACED(stat_block, "open", open),
                                      PLACED(stat_block, "high", high), PLACED(stat_block, "low", low),
                                      PLACED(stat_block, "close", close), PLACED(stat_block, "volume", volume),
                                      PLACED(stat_block, "change", change), PLACED(stat_block, "percent", percent)});
  EXPECT_EQ(schema().size_of("bookGroupSize"), sizeof(book_group_size));
  same<book_snapshot_block>(
      "bookSnapshot",
      std::array{PLACED(book_snapshot_block, "sequence", sequence), PLACED(book_snapshot_block, "time", time),
                 PLACED(book_snapshot_block, "symbol", symbol), PLACED(book_snapshot_block, "checksum", sum),
                 PLACED(book_snapshot_block, "firstSequence", first), PLACED(book_level, "bids.price", price),
                 PLACED(book_level, "bids.size", size), PLACED(book_level, "asks.price", price), PLACED(book_level, "asks.size", size)});
  same<book_change_block>(
      "bookChange",
      std::array{PLACED(book_change_block, "sequence", sequence), PLACED(book_change_block, "time", time),
                 PLACED(book_change_block, "symbol", symbol), PLACED(book_change_block, "checksum", sum),
                 PLACED(book_change_block, "firstSequence", first), PLACED(book_level, "bids.price", price),
                 PLACED(book_level, "bids.size", size), PLACED(book_level, "asks.price", price), PLACED(book_level, "asks.size", size)});
  same<status_block>("status", std::array{PLACED(status_block, "sequence", sequence), PLACED(status_block, "time", time),
                                          PLACED(status_block, "symbol", symbol), PLACED(status_block, "flags", flags),
                                          PLACED(status_block, "state", state), PLACED(status_block, "firstSequence", first)});
  EXPECT_EQ(schema().of("status").behind, std::vector<std::string>{"reason"});
  EXPECT_EQ(schema().of("trade").behind, (std::vector<std::string>{"conditions", "condition", "venue", "tradeId"}));
}

#undef PLACED

TEST(SbeLayout, GivesNamesTheSameNumbers) {
  EXPECT_EQ(1 << schema().value("flags", "snapshot"), sbe::snapshot_flag);
  EXPECT_EQ(1 << schema().value("flags", "closed"), sbe::closed_flag);
  EXPECT_EQ(1 << schema().value("flags", "revised"), sbe::revised_flag);
  for (period p : all_periods) {
    const std::string shown{name_of(p)};
    EXPECT_EQ(schema().value("period", shown.back() + shown.substr(0, shown.size() - 1)), static_cast<int>(p));
  }
  EXPECT_EQ(schema().value("side", "unknown"), static_cast<int>(trade_side::unknown));
  EXPECT_EQ(schema().value("side", "buy"), static_cast<int>(trade_side::buy));
  EXPECT_EQ(schema().value("side", "sell"), static_cast<int>(trade_side::sell));
  for (std::size_t i = 0; i < market_state_names.size(); ++i)
    EXPECT_EQ(schema().value("marketState", std::string{market_state_names[i]}), static_cast<int>(i));
  for (channel c : all_channels) EXPECT_EQ(schema().value("channel", std::string{label_of(c)}), static_cast<int>(c));
  for (std::size_t i = 0; i < gap_why_count; ++i)
    EXPECT_EQ(schema().value("gapReason", std::string{name_of(static_cast<gap_why>(i))}), static_cast<int>(i));
}

}  // namespace
}  // namespace tickcast::wire
