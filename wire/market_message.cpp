#include "wire/market_message.hpp"

#include <functional>
#include <utility>

#include "wire/status_message.hpp"

namespace tickcast::wire {
namespace {

// The member of this name, or null: it runs for each member of each message.
json_value* place_of(message_members& m, std::string_view key) {
  if (key.size() == 1) {
    switch (key[0]) {
      case 'e': return &m.e;
      case 's': return &m.s;
      case 'n': return &m.n;
      case 't': return &m.t;
      case 'p': return &m.p;
      case 'q': return &m.q;
      case 'o': return &m.o;
      case 'h': return &m.h;
      case 'l': return &m.l;
      case 'v': return &m.v;
      case 'f': return &m.f;
      case 'k': return &m.k;
      case 'b': return &m.b;
      case 'a': return &m.a;
      case 'x': return &m.x;
      case 'c': return &m.c;
      case 'i': return &m.i;
      default: return nullptr;
    }
  }
  if (key == "bq") return &m.bq;
  if (key == "aq") return &m.aq;
  if (key == "id") return &m.id;
  if (key == "side") return &m.side;
  if (key == "snap") return &m.snap;
  if (key == "sum") return &m.sum;
  if (key == "why") return &m.why;
  if (key == "channel") return &m.channel;
  if (key == "state") return &m.state;
  if (key == "reason") return &m.reason;
  if (key == "period") return &m.period;
  if (key == "rev") return &m.rev;
  if (key == "ch") return &m.ch;
  if (key == "pct") return &m.pct;
  return nullptr;
}

bool given(const json_value& v) { return !v.raw.empty(); }

bool read_sequence(const json_value& from, sequence& to, std::int64_t least = 1) {
  std::int64_t value = 0;
  if (!json_integer(from, value) || value < least) return false;
  to = static_cast<sequence>(value);
  return true;
}

std::uint64_t mixed(std::uint64_t into, std::uint64_t value) {
  into = (into ^ value) * 0x9E3779B97F4A7C15u;
  return into ^ into >> 32;
}
std::uint64_t mixed(std::uint64_t into, decimal value) {
  return mixed(mixed(into, static_cast<std::uint64_t>(value.mantissa)), static_cast<std::uint8_t>(value.exponent));
}
std::uint64_t mixed(std::uint64_t into, const json_value& value) {
  return value.raw.empty() ? into * 3 : mixed(into, std::hash<std::string_view>{}(value.raw));
}

}  // namespace

bool message_members::read(std::string_view object) {
  json_walk walk{object};
  if (walk.kind() != json_kind::object) return false;
  while (walk.next())
    if (json_value* place = place_of(*this, walk.key())) *place = walk.value();
  return walk.ok();
}

const char* market_message::read(market_kind what, const message_members& m) {
  kind = what;
  symbol = m.s.plain();
  if (!is_symbol(symbol)) return "its \"s\" is no symbol";
  const bool view = what == market_kind::bar || what == market_kind::stat;
  if (!read_sequence(m.n, last, view ? 0 : 1)) return "its \"n\" is no whole number from 1 on";
  first = last;
  if (given(m.snap)) {
    if (!m.snap.is_true() && !m.snap.is_false()) return "its \"snap\" is neither true nor false";
    snapshot = m.snap.is_true();
  }
  if (what == market_kind::gap) return read_gap(m);
  if (!json_integer(m.t, t_us)) return "its \"t\" is no whole number of microseconds";
  if (what == market_kind::book) return read_book(m);
  if (view) return read_view(m);
  if (const char* fault = read_span(m)) return fault;
  switch (what) {
    case market_kind::trade: return read_trade(m);
    case market_kind::status: return read_status(m);
    default: return read_quote(m);
  }
}

// What a merged message stands for.
const char* market_message::read_span(const message_members& m) {
  merged = given(m.f) || given(m.k);
  if (!merged) return nullptr;
  if (snapshot) return "it is merged, and of a snapshot";
  sequence count = 0;
  if (!read_sequence(m.f, first) || !read_sequence(m.k, count))
    return "\"f\" and \"k\" are not both whole numbers from 1 on";
  if (first > last || count != last - first + 1) return "\"k\" is not how many \"f\" to \"n\" are";
  if (count < 2) return "it is merged of a single one";
  return nullptr;
}

// Written exactly: no exponent. More digits than `decimal` holds are no fault, but cannot be compared.
const char* market_message::read_number(const json_value& from, decimal& to, const char* fault) {
  if (!from.is(json_kind::number) || from.raw.find_first_of("eE") != from.raw.npos) return fault;
  const auto value = parse_decimal(from.raw);
  exact &= value.has_value();
  if (value) to = *value;
  return nullptr;
}

const char* market_message::read_trade(const message_members& m) {
  channel = channel::trades;
  if (const char* fault = read_number(m.p, price, "its \"p\" is no exact decimal")) return fault;
  if (const char* fault = read_number(m.q, size, "its \"q\" is no exact decimal")) return fault;
  fingerprint = mixed(mixed(mixed(1, static_cast<std::uint64_t>(t_us)), price), size);
  conditions = given(m.c);
  const bool bar = given(m.o) || given(m.h) || given(m.l) || given(m.v);
  if (!merged) {
    for (const json_value* extra : {&m.side, &m.id, &m.x, &m.c}) fingerprint = mixed(fingerprint, *extra);
    return bar ? "it has o, h, l or v but stands for one trade" : nullptr;
  }
  if (const char* fault = read_number(m.o, open, "it is merged, and its \"o\" is no exact decimal")) return fault;
  if (const char* fault = read_number(m.h, high, "it is merged, and its \"h\" is no exact decimal")) return fault;
  if (const char* fault = read_number(m.l, low, "it is merged, and its \"l\" is no exact decimal")) return fault;
  if (const char* fault = read_number(m.v, volume, "it is merged, and its \"v\" is no exact decimal")) return fault;
  if (!exact) return nullptr;
  for (const decimal inside : {open, price})
    if (compare(inside, low) < 0 || compare(inside, high) > 0)
      return "its \"o\" and \"p\" are not between \"l\" and \"h\"";
  if (compare(volume, size) < 0) return "its \"v\" is less than its last trade";
  return nullptr;
}

const char* market_message::read_quote(const message_members& m) {
  channel = channel::quotes;
  fingerprint = mixed(2, static_cast<std::uint64_t>(t_us));
  for (const json_value* each : {&m.b, &m.bq, &m.a, &m.aq}) {
    decimal value;
    if (const char* fault = read_number(*each, value, "its \"b\", \"bq\", \"a\" and \"aq\" are not all exact decimals"))
      return fault;
    fingerprint = mixed(fingerprint, value);
  }
  return nullptr;
}

// It may stand for several numbers and is never merged: what it does not say, its client does not see.
const char* market_message::read_book(const message_members& m) {
  channel = channel::book;
  if (given(m.f) && (!read_sequence(m.f, first) || first > last)) return "\"f\" to \"n\" are no numbers";
  if (!m.b.is(json_kind::array) || !m.a.is(json_kind::array)) return "its \"b\" and \"a\" are not both lists";
  bids = m.b.raw;
  asks = m.a.raw;
  std::int64_t checksum = 0;
  if (!json_integer(m.sum, checksum) || checksum < 0 || checksum > 0xffffffff) return "its \"sum\" is no checksum";
  sum = static_cast<std::uint32_t>(checksum);
  fingerprint = mixed(4, static_cast<std::uint64_t>(t_us));
  return nullptr;
}

void market_message::say(decimal level_price, decimal level_size) {
  fingerprint = mixed(mixed(fingerprint, level_price), level_size);
}

const char* market_message::read_status(const message_members& m) {
  channel = channel::status;
  if (!market_state_named(m.state.plain())) return "its \"state\" is none of trading, halted, auction and closed";
  if (given(m.reason) && !m.reason.is(json_kind::string)) return "its \"reason\" is no string";
  fingerprint = mixed(mixed(mixed(3, static_cast<std::uint64_t>(t_us)), m.state), m.reason);
  return nullptr;
}

// What bars and statistics have in common. A number is 0 where it is of another epoch.
const char* market_message::read_view(const message_members& m) {
  if (!read_sequence(m.k, trades)) return "its \"k\" is no whole number from 1 on";
  constexpr const char* fault = "its \"o\", \"h\", \"l\", \"c\" and \"v\" are not all exact decimals";
  for (const auto& [from, to] : {std::pair{&m.o, &open}, {&m.h, &high}, {&m.l, &low}, {&m.c, &price}, {&m.v, &volume}})
    if (const char* wrong = read_number(*from, *to, fault)) return wrong;
  if (exact)
    for (const decimal inside : {open, price})
      if (compare(inside, low) < 0 || compare(inside, high) > 0)
        return "its \"o\" and \"c\" are not between \"l\" and \"h\"";
  fingerprint = mixed(mixed(mixed(mixed(mixed(mixed(3, open), high), low), price), volume), trades);
  if (kind == market_kind::bar) return read_bar(m);
  channel = channel::stats;
  decimal change;
  for (const json_value* each : {&m.ch, &m.pct})
    if (const char* wrong = read_number(*each, change, "its \"ch\" and \"pct\" are not both exact decimals")) return wrong;
  return nullptr;
}

const char* market_message::read_bar(const message_members& m) {
  const auto period = period_named(m.i.plain());
  if (!period) return "its \"i\" is none of 1s, 1m, 5m, 15m, 1h and 1d";
  channel = bars_of(*period);
  if (*period != period::d1 && t_us % (seconds_of(*period) * 1'000'000) != 0) return "its \"t\" is no time at which such a bar begins";
  if (!read_sequence(m.f, first, 0) || first > last) return "\"f\" to \"n\" are no numbers";
  if (first > 0 && trades > last - first + 1) return "its \"k\" is more than \"f\" to \"n\" are";
  if (!m.x.is_true() && !m.x.is_false()) return "its \"x\" is neither true nor false";
  closed = m.x.is_true();
  revised = given(m.rev);
  if (revised && !m.rev.is_true()) return "its \"rev\" is not true";
  return closed && revised ? "it is revised, and says \"x\":true again" : nullptr;
}

const char* market_message::read_gap(const message_members& m) {
  const std::string_view name = m.channel.plain();
  const auto period = period_named(m.period.plain()).value_or(period_default);
  const auto which = channel_named(name, period);
  if (name.empty()) return "it names no channel";
  if (!which) {
    symbol = {};
    return nullptr;
  }
  channel = *which;
  if (snapshot) return "it is of a snapshot";
  if (!read_sequence(m.f, first) || first > last) return "\"f\" to \"n\" are no numbers";
  for (std::size_t i = 0; i < gap_why_count; ++i) {
    why = static_cast<gap_why>(i);
    if (name_of(why) == m.why.plain()) return nullptr;
  }
  return "its \"why\" is none of slow_consumer, feed and overflow";
}

}  // namespace tickcast::wire
