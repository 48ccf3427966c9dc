#include "wire/decode_sbe.hpp"

#include "wire/bar_message.hpp"
#include "wire/json_reader.hpp"
#include "wire/sbe_block.hpp"
#include "wire/status_message.hpp"

namespace tickcast::wire {
namespace {

using sbe::all_fit, sbe::bad_exponent, sbe::cut_short, sbe::take, sbe::take_string;

template <class Block>
void begin(sbe_message& to, const Block& b, record_kind kind) {
  to.tick.n = to.last = b.sequence;
  to.tick.venue_ns = b.time;
  to.tick.symbol = symbol_id{b.symbol};
  to.tick.kind = kind;
  to.channel = channel_of(kind);
}

template <class Block>
const char* read_price(sbe_message& to, const Block& b) {
  if (!all_fit(b.price, b.size)) return bad_exponent;
  to.tick.trade.price = b.price.mantissa;
  to.tick.trade.size = b.size.mantissa;
  to.tick.price_exponent = b.price.exponent;
  to.tick.size_exponent = b.size.exponent;
  return nullptr;
}

// A tick has one exponent for both sides of a quote.
template <class Block>
const char* read_sides(sbe_message& to, const Block& b) {
  if (!all_fit(b.bid, b.bid_size, b.ask, b.ask_size)) return bad_exponent;
  decimal bid = sbe::decimal_of(b.bid), ask = sbe::decimal_of(b.ask);
  decimal bid_size = sbe::decimal_of(b.bid_size), ask_size = sbe::decimal_of(b.ask_size);
  if ((bid.exponent != ask.exponent && !align(bid, ask)) ||
      (bid_size.exponent != ask_size.exponent && !align(bid_size, ask_size)))
    return "bid and ask are too far apart to be held by one exponent";
  to.tick.quote = {bid.mantissa, bid_size.mantissa, ask.mantissa, ask_size.mantissa};
  to.tick.price_exponent = bid.exponent;
  to.tick.size_exponent = bid_size.exponent;
  return nullptr;
}

const char* read_strings(std::string_view& from, sbe_message& to) {
  sbe::group_size group{};
  if (from.size() < sizeof group) return cut_short;
  std::memcpy(&group, from.data(), sizeof group);
  from.remove_prefix(sizeof group);
  std::string_view conditions = from, text, venue, id;
  for (unsigned i = 0; i < group.count; ++i) {
    if (from.size() < group.block_length) return cut_short;
    from.remove_prefix(group.block_length);
    if (!take_string(from, text)) return cut_short;
    if (!is_utf8(text)) return "a condition is not UTF-8";
  }
  if (!take_string(from, venue) || !take_string(from, id)) return cut_short;
  if (!is_utf8(venue) || !is_utf8(id)) return "its venue or its id is not UTF-8";
  if (venue.size() > venue_max || venue.find('\0') != venue.npos) return "its venue is longer than 8 bytes";
  std::memcpy(to.tick.trade.venue, venue.data(), venue.size());
  bool room = id.empty() || to.strings.add(note_tag::id, id);
  for (unsigned i = 0; i < group.count; ++i) {
    conditions.remove_prefix(group.block_length);
    take_string(conditions, text);
    room = room && to.strings.add(note_tag::condition, text);
  }
  return room ? nullptr : "its id and conditions are longer than 224 bytes";
}

const char* read_trade(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::trade_block b{};
  if (!take(from, length, b)) return cut_short;
  begin(to, b, record_kind::trade);
  if (b.side > static_cast<std::uint8_t>(trade_side::sell)) return "its side is none";
  to.tick.side = static_cast<trade_side>(b.side);
  to.snapshot = b.flags & sbe::snapshot_flag;
  if (const char* fault = read_price(to, b)) return fault;
  return read_strings(from, to);
}

const char* read_merged_trade(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::merged_trade_block b{};
  if (!take(from, length, b)) return cut_short;
  begin(to, b, record_kind::trade);
  if (!all_fit(b.open, b.high, b.low, b.volume)) return bad_exponent;
  to.covered = {b.first, b.count, sbe::decimal_of(b.open), sbe::decimal_of(b.high), sbe::decimal_of(b.low),
                sbe::decimal_of(b.volume)};
  return read_price(to, b);
}

const char* read_quote(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::quote_block b{};
  if (!take(from, length, b)) return cut_short;
  begin(to, b, record_kind::quote);
  to.snapshot = b.flags & sbe::snapshot_flag;
  return read_sides(to, b);
}

const char* read_merged_quote(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::merged_quote_block b{};
  if (!take(from, length, b)) return cut_short;
  begin(to, b, record_kind::quote);
  to.covered = {b.first, b.count, {}, {}, {}, {}};
  return read_sides(to, b);
}

const char* read_gap(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::gap_block b{};
  if (!take(from, length, b)) return cut_short;
  if (b.channel >= channel_count) return "its channel is none";
  if (b.reason >= gap_why_count) return "its reason is none";
  to.tick.symbol = symbol_id{b.symbol};
  to.covered.first = b.first;
  to.last = b.sequence;
  to.channel = static_cast<channel>(b.channel);
  to.why = static_cast<gap_why>(b.reason);
  return nullptr;
}

}  // namespace

const char* decode_sbe(std::string_view& frame, sbe_message& to) {
  sbe::header h;
  if (frame.size() < sizeof h) return cut_short;
  std::memcpy(&h, frame.data(), sizeof h);
  frame.remove_prefix(sizeof h);
  if (h.schema != sbe::schema_id) return "it is of another schema";
  to = {};
  to.kind = h.message;
  switch (to.kind) {
    case sbe::template_id::trade: return read_trade(frame, h.block_length, to);
    case sbe::template_id::merged_trade: return read_merged_trade(frame, h.block_length, to);
    case sbe::template_id::quote: return read_quote(frame, h.block_length, to);
    case sbe::template_id::merged_quote: return read_merged_quote(frame, h.block_length, to);
    case sbe::template_id::gap: return read_gap(frame, h.block_length, to);
    case sbe::template_id::bar: return decode_sbe_bar(frame, h.block_length, to);
    case sbe::template_id::stat: return decode_sbe_stat(frame, h.block_length, to);
    case sbe::template_id::book_snapshot:
    case sbe::template_id::book_change: return decode_sbe_book(frame, h.block_length, to);
    case sbe::template_id::status: return decode_sbe_status(frame, h.block_length, to);
  }
  return "its template is not known here, so neither is its length";
}

void encode_json(text& to, std::string_view symbol, const sbe_message& m) {
  switch (m.kind) {
    case sbe::template_id::trade:
    case sbe::template_id::bar:
    case sbe::template_id::stat:
    case sbe::template_id::quote: return encode_json(to, symbol, m.tick, m.strings.bytes(), m.snapshot);
    case sbe::template_id::merged_trade:
    case sbe::template_id::merged_quote: return encode_json_merged(to, symbol, m.tick, m.covered);
    case sbe::template_id::gap: return encode_json_gap(to, symbol, m.channel, m.covered.first, m.last, m.why);
    case sbe::template_id::book_snapshot:
    case sbe::template_id::book_change: return encode_json_book(to, symbol, m.book);
    case sbe::template_id::status: return encode_json_status(to, symbol, m.tick, m.strings.bytes(), m.snapshot, m.covered);
  }
}

}  // namespace tickcast::wire
