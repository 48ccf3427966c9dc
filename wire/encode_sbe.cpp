#include "wire/encode_sbe.hpp"

#include "wire/sbe_layout.hpp"

namespace tickcast::wire {
namespace {

template <class Block>
char* put(char* to, const Block& block) {
  const sbe::header header{sizeof block, Block::id, sbe::schema_id, sbe::schema_version};
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, &block, sizeof block);
  return to + sizeof header + sizeof block;
}

template <class Block>
void add(text& to, const Block& block) {
  to.wrote(put(to.room(sizeof(sbe::header) + sizeof block), block));
}

char* put_string(char* to, std::string_view value) {
  *to++ = static_cast<char>(value.size());
  std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

// Conditions, venue and id. What they take more than the notes' own bytes is known.
constexpr std::size_t strings_more = sizeof(sbe::group_size) + 2 + venue_max;

char* put_strings(char* to, const trade_body& trade, std::string_view notes) {
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
  return put_string(put_string(to, venue_of(trade)), id);
}

sbe::number price_of(const tick& t, std::int64_t mantissa) { return {mantissa, t.price_exponent}; }
sbe::number size_of(const tick& t, std::int64_t mantissa) { return {mantissa, t.size_exponent}; }

}  // namespace

void encode_sbe(text& to, const tick& t, std::string_view notes, bool snapshot) {
  const std::uint8_t flags = snapshot ? sbe::snapshot_flag : 0;
  if (t.kind == record_kind::quote)
    return add(to, sbe::quote_block{t.n, t.venue_ns, index_of(t.symbol), flags, {}, price_of(t, t.quote.bid),
                                    size_of(t, t.quote.bid_size), price_of(t, t.quote.ask), size_of(t, t.quote.ask_size)});
  char* at = to.room(sizeof(sbe::header) + sizeof(sbe::trade_block) + strings_more + notes.size());
  at = put(at, sbe::trade_block{t.n, t.venue_ns, index_of(t.symbol), flags, static_cast<std::uint8_t>(t.side), {},
                                price_of(t, t.trade.price), size_of(t, t.trade.size), {}});
  to.wrote(put_strings(at, t.trade, notes));
}

void encode_sbe(text& to, const merge& m) {
  const tick& t = m.newest();
  if (m.count() == 1) return encode_sbe(to, t, m.notes());
  const extent covered = m.covered();
  const auto count = static_cast<std::uint32_t>(covered.count);  // years of one symbol's ticks
  if (t.kind == record_kind::quote)
    return add(to, sbe::merged_quote_block{t.n, t.venue_ns, index_of(t.symbol), count, covered.first,
                                           price_of(t, t.quote.bid), size_of(t, t.quote.bid_size),
                                           price_of(t, t.quote.ask), size_of(t, t.quote.ask_size)});
  add(to, sbe::merged_trade_block{t.n, t.venue_ns, index_of(t.symbol), count, covered.first, price_of(t, t.trade.price),
                                  size_of(t, t.trade.size), sbe::number_of(covered.open), sbe::number_of(covered.high),
                                  sbe::number_of(covered.low), sbe::number_of(covered.volume), {}});
}

void encode_sbe_gap(text& to, symbol_id symbol, channel c, sequence first, sequence last, gap_why why) {
  add(to, sbe::gap_block{last, first, index_of(symbol), static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(why), {}});
}

}  // namespace tickcast::wire
