#include "wire/encode_json.hpp"

#include "wire/bar_message.hpp"
#include "wire/message.hpp"
#include "wire/status_message.hpp"

namespace tickcast::wire {
namespace {

// One capacity check a message: names, keys and every number at its longest.
constexpr std::size_t message_max = 512;

char* put(char* to, std::string_view bytes) {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

template <class Number>
char* put_number(char* to, Number value) {
  return std::to_chars(to, to + 20, value).ptr;
}

char* put_head(char* to, const tick& t, std::string_view symbol) {
  to = put(to, t.kind == record_kind::quote ? R"({"e":"quote","s":")" : R"({"e":"trade","s":")");
  to = put(to, symbol);
  to = put(to, R"(","n":)");
  to = put_number(to, t.n);
  to = put(to, R"(,"t":)");
  return put_number(to, micros(t.venue_ns));
}

char* put_member(char* to, std::string_view key, std::int64_t mantissa, int exponent) {
  to = put(to, key);
  return write_decimal(to, mantissa, exponent);
}

char* put_member(char* to, std::string_view key, decimal value) {
  return put_member(to, key, value.mantissa, value.exponent);
}

char* put_quote(char* to, const tick& t) {
  to = put_member(to, R"(,"b":)", t.quote.bid, t.price_exponent);
  to = put_member(to, R"(,"bq":)", t.quote.bid_size, t.size_exponent);
  to = put_member(to, R"(,"a":)", t.quote.ask, t.price_exponent);
  return put_member(to, R"(,"aq":)", t.quote.ask_size, t.size_exponent);
}

char* put_trade(char* to, const tick& t) {
  to = put_member(to, R"(,"p":)", t.trade.price, t.price_exponent);
  to = put_member(to, R"(,"q":)", t.trade.size, t.size_exponent);
  if (t.side == trade_side::buy) to = put(to, R"(,"side":"buy")");
  if (t.side == trade_side::sell) to = put(to, R"(,"side":"sell")");
  return to;
}

void add_notes(text& to, std::string_view notes) {
  bool listed = false;
  each_note(notes, [&](note_tag tag, std::string_view value) {
    if (tag == note_tag::id) {
      to.add(R"(,"id":)").add_quoted(value);
    } else {
      to.add(listed ? "," : R"(,"c":[)").add_quoted(value);
      listed = true;
    }
  });
  if (listed) to.add(']');
}

}  // namespace

std::string_view name_of(gap_why why) {
  constexpr std::string_view names[gap_why_count] = {"slow_consumer", "feed", "overflow"};
  return names[static_cast<std::size_t>(why)];
}

void encode_json(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot) {
  if (is_view(channel_of(t.kind))) return encode_json_view(to, symbol, t, notes, snapshot);
  if (t.kind == record_kind::status) return encode_json_status(to, symbol, t, notes, snapshot);
  char* at = put_head(to.room(message_max), t, symbol);
  if (t.kind == record_kind::quote) {
    to.wrote(put_quote(at, t));
  } else {
    to.wrote(put_trade(at, t));
    if (const auto venue = venue_of(t.trade); !venue.empty()) to.add(R"(,"x":)").add_quoted(venue);
    if (!notes.empty()) add_notes(to, notes);
  }
  to.add(snapshot ? R"(,"snap":true})" : "}");
}

void encode_json(text& to, std::string_view symbol, const merge& m) {
  if (m.plain()) return encode_json(to, symbol, m.newest(), m.notes());
  if (m.newest().kind == record_kind::status) return encode_json_status(to, symbol, m.newest(), m.notes(), false, m.covered());
  encode_json_merged(to, symbol, m.newest(), m.covered());
}

void encode_json_merged(text& to, std::string_view symbol, const tick& t, const extent& covered) {
  char* at = put_head(to.room(message_max), t, symbol);
  if (t.kind == record_kind::quote) {
    at = put_quote(at, t);
  } else {
    at = put_member(at, R"(,"p":)", t.trade.price, t.price_exponent);
    at = put_member(at, R"(,"q":)", t.trade.size, t.size_exponent);
    at = put_member(at, R"(,"o":)", covered.open);
    at = put_member(at, R"(,"h":)", covered.high);
    at = put_member(at, R"(,"l":)", covered.low);
    at = put_member(at, R"(,"v":)", covered.volume);
  }
  at = put_number(put(at, R"(,"f":)"), covered.first);
  at = put_number(put(at, R"(,"k":)"), covered.count);
  *at++ = '}';
  to.wrote(at);
}

void encode_json_gap(text& to, std::string_view symbol, channel c, sequence first, sequence last, gap_why why) {
  to.add(R"({"e":"gap",)");
  add_channel(to, c);
  to.add(R"(,"s":")").add(symbol).add(R"(","f":)").add_count(first);
  to.add(R"(,"n":)").add_count(last).add(R"(,"why":")").add(name_of(why)).add("\"}");
}

}  // namespace tickcast::wire
