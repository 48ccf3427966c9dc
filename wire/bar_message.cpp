#include "wire/bar_message.hpp"

#include <cstring>
#include <limits>

#include "wire/decode_sbe.hpp"
#include "wire/sbe_block.hpp"
#include "wire/wide.hpp"

namespace tickcast::wire {
namespace {

// What the note holds, as it lies there.
struct [[gnu::packed]] figures {
  std::uint64_t trades;
  sequence first;
  std::int64_t volume, change, percent;
  std::int8_t open_exponent, high_exponent, low_exponent, close_exponent;
  std::int8_t volume_exponent, change_exponent, percent_exponent;
};
static_assert(sizeof(figures) + 2 <= note_bytes, "one record of notes a bar");

char* put(char* to, std::string_view bytes) {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}
template <class Number>
char* put(char* to, std::string_view key, Number value) {
  to = put(to, key);
  return std::to_chars(to, to + 20, value).ptr;
}
char* put(char* to, std::string_view key, decimal value) {
  return write_decimal(put(to, key), value.mantissa, value.exponent);
}

constexpr std::uint8_t flags_of(const tick& t, bool snapshot) {
  return static_cast<std::uint8_t>((snapshot ? sbe::snapshot_flag : 0) | (t.state == bar_state::closed ? sbe::closed_flag : 0) |
                                   (t.state == bar_state::revised ? sbe::revised_flag : 0));
}

// What bars and stats have in common.
template <class Block>
const char* read(const Block& b, record_kind kind, sbe_message& to, bar_figures& f) {
  if (!sbe::all_fit(b.open, b.high, b.low, b.close, b.volume)) return sbe::bad_exponent;
  to.tick.kind = kind;
  to.channel = channel_of(kind);
  to.tick.symbol = symbol_id{b.symbol};
  to.tick.n = to.last = b.sequence;
  to.tick.venue_ns = b.time;
  to.tick.state = b.flags & sbe::closed_flag    ? bar_state::closed
                  : b.flags & sbe::revised_flag ? bar_state::revised
                                                : bar_state::open;
  to.snapshot = b.flags & sbe::snapshot_flag;
  f = {sbe::decimal_of(b.open), sbe::decimal_of(b.high), sbe::decimal_of(b.low), sbe::decimal_of(b.close),
       sbe::decimal_of(b.volume), b.trades, 0, {}, {}};
  return nullptr;
}

}  // namespace

void change_of(decimal price, decimal from, decimal& change, decimal& percent) {
  change = percent = {};
  const auto difference = add(price, {-from.mantissa, from.exponent});
  if (!difference) return;
  change = normal(*difference);
  decimal part = change, whole = from;
  if (from.mantissa == 0 || !align(part, whole)) return;
  constexpr std::int64_t scale = 100 * 10'000;
  const int128 most = std::numeric_limits<std::int64_t>::max();
  const int128 of = whole.mantissa < 0 ? -int128{whole.mantissa} : int128{whole.mantissa};
  const int128 scaled = int128{part.mantissa} * scale;
  const int128 rounded = (scaled + (scaled < 0 ? -of / 2 : of / 2)) / of;
  if (rounded <= most && rounded >= -most) percent = normal({static_cast<std::int64_t>(rounded), -4});
}

void pack(const bar_figures& from, tick& t, notes& with) {
  t.bar = {from.open.mantissa, from.high.mantissa, from.low.mantissa, from.close.mantissa};
  const figures rest{from.trades, from.first, from.volume.mantissa, from.change.mantissa, from.percent.mantissa,
                     from.open.exponent, from.high.exponent, from.low.exponent, from.close.exponent,
                     from.volume.exponent, from.change.exponent, from.percent.exponent};
  with.clear();
  with.add(note_tag::bar, {reinterpret_cast<const char*>(&rest), sizeof rest});
}

bar_figures unpack(const tick& t, std::string_view notes) {
  figures rest{};
  each_note(notes, [&](note_tag tag, std::string_view bytes) {
    if (tag == note_tag::bar && bytes.size() == sizeof rest) std::memcpy(&rest, bytes.data(), sizeof rest);
  });
  return {{t.bar.open, rest.open_exponent},
          {t.bar.high, rest.high_exponent},
          {t.bar.low, rest.low_exponent},
          {t.bar.close, rest.close_exponent},
          {rest.volume, rest.volume_exponent},
          rest.trades,
          rest.first,
          {rest.change, rest.change_exponent},
          {rest.percent, rest.percent_exponent}};
}

void encode_json_view(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot) {
  const bar_figures f = unpack(t, notes);
  const channel c = channel_of(t.kind);
  constexpr std::size_t message_max = 640;  // every number at its longest
  char* at = to.room(message_max);
  at = put(at, is_bars(c) ? R"({"e":"bar","s":")" : R"({"e":"stat","s":")");
  at = put(at, symbol);
  if (is_bars(c)) {
    at = put(put(at, R"(","i":")"), name_of(period_of(c)));
    at = put(at, R"(","t":)", micros(t.venue_ns));
  } else {
    at = put(at, R"(","n":)", t.n);
    at = put(at, R"(,"t":)", micros(t.venue_ns));
  }
  at = put(at, R"(,"o":)", f.open);
  at = put(at, R"(,"h":)", f.high);
  at = put(at, R"(,"l":)", f.low);
  at = put(at, R"(,"c":)", f.close);
  at = put(at, R"(,"v":)", f.volume);
  at = put(at, R"(,"k":)", f.trades);
  if (is_bars(c)) {
    at = put(at, R"(,"f":)", f.first);
    at = put(at, R"(,"n":)", t.n);
    at = put(at, t.state == bar_state::closed ? R"(,"x":true)" : R"(,"x":false)");
    if (t.state == bar_state::revised) at = put(at, R"(,"rev":true)");
  } else {
    at = put(at, R"(,"ch":)", f.change);
    at = put(at, R"(,"pct":)", f.percent);
  }
  to.wrote(put(at, snapshot ? R"(,"snap":true})" : "}"));
}

void encode_sbe_view(text& to, const tick& t, std::string_view notes, bool snapshot) {
  using sbe::number_of;
  const bar_figures f = unpack(t, notes);
  const channel c = channel_of(t.kind);
  if (is_bars(c))
    return sbe::add<sbe::bar_block>(to, t.n, t.venue_ns, index_of(t.symbol), flags_of(t, snapshot),
                                    static_cast<std::uint8_t>(period_of(c)), sbe::unused<2>{}, f.first, f.trades,
                                    number_of(f.open), number_of(f.high), number_of(f.low), number_of(f.close),
                                    number_of(f.volume), sbe::unused<3>{});
  sbe::add<sbe::stat_block>(to, t.n, t.venue_ns, index_of(t.symbol), flags_of(t, snapshot), sbe::unused<3>{}, f.trades,
                            number_of(f.open), number_of(f.high), number_of(f.low), number_of(f.close),
                            number_of(f.volume), number_of(f.change), number_of(f.percent), sbe::unused<1>{});
}

const char* decode_sbe_bar(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::bar_block b{};
  if (!sbe::take(from, length, b)) return sbe::cut_short;
  if (b.period >= period_count) return "its period is none";
  bar_figures f;
  const auto kind = static_cast<record_kind>(static_cast<unsigned>(record_kind::bar_1s) + b.period);
  if (const char* fault = read(b, kind, to, f)) return fault;
  f.first = b.first;
  pack(f, to.tick, to.strings);
  return nullptr;
}

const char* decode_sbe_stat(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::stat_block b{};
  if (!sbe::take(from, length, b)) return sbe::cut_short;
  if (!sbe::all_fit(b.change, b.percent)) return sbe::bad_exponent;
  bar_figures f;
  if (const char* fault = read(b, record_kind::stat, to, f)) return fault;
  f.change = sbe::decimal_of(b.change);
  f.percent = sbe::decimal_of(b.percent);
  pack(f, to.tick, to.strings);
  return nullptr;
}

}  // namespace tickcast::wire
