#include "wire/encode_sbe.hpp"

#include <bit>

#include "wire/bar_message.hpp"
#include "wire/sbe_block.hpp"
#include "wire/status_message.hpp"

namespace tickcast::wire {
namespace {

using sbe::add, sbe::put, sbe::put_string;

// All of its room is copied, which is one store; what counts ends at the first zero.
char* put_venue(char* to, const trade_body& trade) {
  static_assert(venue_max == sizeof(std::uint64_t));
  std::uint64_t word = 0;
  std::memcpy(&word, trade.venue, sizeof word);
  const std::uint64_t zeros = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
  const int length = std::countr_zero(zeros) / 8;
  *to++ = static_cast<char>(length);
  std::memcpy(to, &word, sizeof word);
  return to + length;
}

// Conditions, venue and id. What they take more than the notes' own bytes is known.
constexpr std::size_t strings_more = sizeof(sbe::group_size) + 2 + venue_max;

char* put_strings(char* to, const trade_body& trade, std::string_view notes) {
  if (notes.empty()) {  // as most are
    std::memset(to, 0, sizeof(sbe::group_size));
    to = put_venue(to + sizeof(sbe::group_size), trade);
    *to++ = 0;
    return to;
  }
  std::string_view id;
  char* const size = to;
  std::uint8_t conditions = 0;
  to += sizeof(sbe::group_size);
  each_note(notes, [&](note_tag tag, std::string_view value) {
    if (tag == note_tag::id) {
      id = value;
    } else {
      to = put_string(to, value);
      ++conditions;
    }
  });
  const sbe::group_size group{0, conditions};
  std::memcpy(size, &group, sizeof group);
  return put_string(put_venue(to, trade), id);
}

sbe::number price_of(const tick& t, std::int64_t mantissa) { return {mantissa, t.price_exponent}; }
sbe::number size_of(const tick& t, std::int64_t mantissa) { return {mantissa, t.size_exponent}; }

}  // namespace

void encode_sbe(text& to, const tick& t, std::string_view notes, bool snapshot) {
  if (is_view(channel_of(t.kind))) return encode_sbe_view(to, t, notes, snapshot);
  if (t.kind == record_kind::status) return encode_sbe_status(to, t, notes, snapshot);
  const std::uint8_t flags = snapshot ? sbe::snapshot_flag : 0;
  if (t.kind == record_kind::quote)
    return add<sbe::quote_block>(to, t.n, t.venue_ns, index_of(t.symbol), flags, sbe::unused<3>{}, price_of(t, t.quote.bid),
                                 size_of(t, t.quote.bid_size), price_of(t, t.quote.ask), size_of(t, t.quote.ask_size));
  char* at = to.room(sizeof(sbe::header) + sizeof(sbe::trade_block) + strings_more + notes.size());
  at = put<sbe::trade_block>(at, t.n, t.venue_ns, index_of(t.symbol), flags, static_cast<std::uint8_t>(t.side),
                             sbe::unused<2>{}, price_of(t, t.trade.price), size_of(t, t.trade.size), sbe::unused<1>{});
  to.wrote(put_strings(at, t.trade, notes));
}

void encode_sbe(text& to, const merge& m) {
  const tick& t = m.newest();
  if (m.plain()) return encode_sbe(to, t, m.notes());
  const extent covered = m.covered();
  if (t.kind == record_kind::status) return encode_sbe_status(to, t, m.notes(), false, covered);
  const auto count = static_cast<std::uint32_t>(covered.count);  // years of one symbol's ticks
  if (t.kind == record_kind::quote)
    return add<sbe::merged_quote_block>(to, t.n, t.venue_ns, index_of(t.symbol), count, covered.first,
                                        price_of(t, t.quote.bid), size_of(t, t.quote.bid_size),
                                        price_of(t, t.quote.ask), size_of(t, t.quote.ask_size));
  add<sbe::merged_trade_block>(to, t.n, t.venue_ns, index_of(t.symbol), count, covered.first, price_of(t, t.trade.price),
                               size_of(t, t.trade.size), sbe::number_of(covered.open), sbe::number_of(covered.high),
                               sbe::number_of(covered.low), sbe::number_of(covered.volume), sbe::unused<2>{});
}

void encode_sbe_gap(text& to, symbol_id symbol, channel c, sequence first, sequence last, gap_why why) {
  add<sbe::gap_block>(to, last, first, index_of(symbol), static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(why),
                      sbe::unused<2>{});
}

}  // namespace tickcast::wire
