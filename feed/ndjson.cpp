#include "feed/ndjson.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "feed/order_book.hpp"
#include "wire/status_message.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {
namespace {

using wire::json_kind;
using wire::json_value;
using wire::json_walk;

constexpr std::int64_t micros_max = INT64_MAX / 1000;

bool is_present(const json_value& value) { return !value.raw.empty() && !value.is_null(); }

// The content of a string: a view into the line, or into `unescaped` when it has escapes.
std::optional<std::string_view> content(const json_value& value, std::string& unescaped) {
  if (!value.is(json_kind::string)) return std::nullopt;
  const std::string_view inside = value.raw.substr(1, value.raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return wire::is_utf8(inside) ? std::optional{inside} : std::nullopt;
  unescaped.clear();
  if (!wire::json_unescape(value.raw, unescaped)) return std::nullopt;
  return unescaped;
}

}  // namespace

struct ndjson::members {
  json_value e, s, t, p, q, side, id, x, c, b, bq, a, aq, state, reason, snap;

  json_value* at(std::string_view key) {
    if (key.size() == 1) {
      switch (key[0]) {
        case 'e': return &e;
        case 's': return &s;
        case 't': return &t;
        case 'p': return &p;
        case 'q': return &q;
        case 'x': return &x;
        case 'c': return &c;
        case 'b': return &b;
        case 'a': return &a;
        default: return nullptr;
      }
    }
    if (key == "bq") return &bq;
    if (key == "aq") return &aq;
    if (key == "id") return &id;
    if (key == "side") return &side;
    if (key == "state") return &state;
    if (key == "reason") return &reason;
    if (key == "snap") return &snap;
    return nullptr;
  }
};

decoded ndjson::decode(std::string_view line, event& into) {
  members found;
  wire::json_walk walk{line};
  if (walk.ok() && walk.kind() != json_kind::object) {
    why_ = "is not a JSON object";
    return decoded::bad;
  }
  while (walk.next())
    if (json_value* member = found.at(walk.key())) *member = walk.value();
  if (!walk.ok()) {
    why_ = "is not JSON";
    return decoded::bad;
  }
  if (!is_present(found.e)) return fail("e", "is missing"), decoded::bad;
  const std::string_view kind = content(found.e, other_).value_or("");
  into.notes.clear();
  if (kind == "trade") return trade(found, into) ? decoded::event : decoded::bad;
  if (kind == "quote") return quote(found, into) ? decoded::event : decoded::bad;
  if (kind == "status") return status(found, into) ? decoded::event : decoded::bad;
  if (kind == "book") return book(found, into) ? decoded::event : decoded::bad;
  fail("e", "must be trade, quote, book or status");
  return decoded::bad;
}

bool ndjson::trade(const members& from, event& into) {
  into.tick = {};
  into.tick.kind = wire::record_kind::trade;
  wire::decimal price, quantity;
  if (!name(from, into) || !time(from, into) || !decimal("p", from.p, price) || !size("q", from.q, quantity))
    return false;
  into.tick.price_exponent = price.exponent;
  into.tick.size_exponent = quantity.exponent;
  into.tick.trade = {price.mantissa, quantity.mantissa, {}, 0};
  if (is_present(from.side)) {
    const auto side = content(from.side, other_);
    if (side == "buy") {
      into.tick.side = wire::trade_side::buy;
    } else if (side == "sell") {
      into.tick.side = wire::trade_side::sell;
    } else {
      return fail("side", "must be buy or sell");
    }
  }
  return venue(from, into.tick.trade) && notes(from, into.notes);
}

bool ndjson::quote(const members& from, event& into) {
  into.tick = {};
  into.tick.kind = wire::record_kind::quote;
  wire::decimal bid, bid_size, ask, ask_size;
  if (!name(from, into) || !time(from, into) || !decimal("b", from.b, bid) || !size("bq", from.bq, bid_size) ||
      !decimal("a", from.a, ask) || !size("aq", from.aq, ask_size))
    return false;
  if (!wire::align(bid, ask)) return fail("b", "and \"a\" are too far apart to be kept exactly on one scale");
  if (!wire::align(bid_size, ask_size))
    return fail("bq", "and \"aq\" are too far apart to be kept exactly on one scale");
  into.tick.price_exponent = bid.exponent;
  into.tick.size_exponent = bid_size.exponent;
  into.tick.quote = {bid.mantissa, bid_size.mantissa, ask.mantissa, ask_size.mantissa};
  return true;
}

bool ndjson::book(const members& from, event& into) {
  into.tick = {};
  into.tick.kind = wire::record_kind::book;
  into.levels.clear();
  if (!name(from, into) || !time(from, into)) return false;
  if (is_present(from.snap) && !from.snap.is_true() && !from.snap.is_false()) return fail("snap", "must be true or false");
  into.whole = from.snap.is_true();
  if (!is_present(from.b) && !is_present(from.a)) return fail("b", "and \"a\" are both missing; send at least one of them");
  return levels("b", from.b, wire::book_side::bid, into) && levels("a", from.a, wire::book_side::ask, into);
}

bool ndjson::levels(std::string_view key, const json_value& from, wire::book_side side, event& into) {
  constexpr std::string_view pairs = "must be an array of [price, size], both numbers";
  if (!is_present(from)) return true;
  if (!from.is(json_kind::array)) return fail(key, pairs);
  prices_.clear();
  json_walk items{from.raw};
  while (items.next()) {
    if (!items.value().is(json_kind::array)) return fail(key, pairs);
    json_walk pair{items.value().raw};
    wire::level_change c;
    c.side = side;
    if (!pair.next() || !pair.value().is(json_kind::number)) return fail(key, pairs);
    if (!decimal(key, pair.value(), c.price)) return false;
    if (!pair.next() || !pair.value().is(json_kind::number)) return fail(key, pairs);
    if (!size(key, pair.value(), c.size)) return false;
    if (pair.next()) return fail(key, pairs);
    if (prices_.size() == book_levels_max) return fail(key, "has more than 5000 levels");
    prices_.push_back(c.price);
    into.levels.push_back(c);
  }
  std::sort(prices_.begin(), prices_.end(), [](wire::decimal x, wire::decimal y) { return wire::compare(x, y) < 0; });
  return std::adjacent_find(prices_.begin(), prices_.end()) == prices_.end() || fail(key, "names a price twice");
}

bool ndjson::status(const members& from, event& into) {
  into.tick = {};
  into.tick.kind = wire::record_kind::status;
  if (!name(from, into) || !time(from, into)) return false;
  const auto state = wire::market_state_named(content(from.state, other_).value_or(""));
  if (!state) return fail("state", is_present(from.state) ? "must be trading, halted, auction or closed" : "is missing");
  into.tick.status.state = *state;
  if (!is_present(from.reason)) return true;
  const auto reason = content(from.reason, other_);
  if (!reason || reason->size() > wire::reason_max) return fail("reason", "must be a string of at most 200 bytes");
  return reason->empty() || into.notes.add(wire::note_tag::reason, *reason);
}

bool ndjson::name(const members& from, event& into) {
  if (!is_present(from.s)) return fail("s", "is missing");
  into.name = content(from.s, name_).value_or("");
  return wire::is_symbol(into.name) ||
         fail("s", "must be a string of 1 to 32 characters of A-Z a-z 0-9 . _ : / = ^ -");
}

bool ndjson::time(const members& from, event& into) {
  into.stamped = is_present(from.t);
  if (!into.stamped) return true;
  std::int64_t micros = 0;
  if (!wire::json_integer(from.t, micros) || micros < 0 || micros > micros_max)
    return fail("t", "must be a whole number of microseconds since the Unix epoch");
  into.tick.venue_ns = micros * 1000;
  return true;
}

bool ndjson::venue(const members& from, wire::trade_body& into) {
  if (!is_present(from.x)) return true;
  const auto text = content(from.x, other_);
  if (!text || text->size() > wire::venue_max ||
      !std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return fail("x", "must be a string of at most 8 printable ASCII characters");
  std::memcpy(into.venue, text->data(), text->size());
  return true;
}

bool ndjson::notes(const members& from, wire::notes& into) {
  constexpr std::string_view too_much = "does not fit: id and conditions can have 224 bytes in all";
  if (is_present(from.id)) {
    const bool number = from.id.is(json_kind::number);
    const auto text = number ? std::optional{from.id.raw} : content(from.id, other_);
    if (!text) return fail("id", "must be a string or a number");
    if (!text->empty() && !into.add(wire::note_tag::id, *text)) return fail("id", too_much);
  }
  if (!is_present(from.c)) return true;
  if (!from.c.is(json_kind::array)) return fail("c", "must be an array of strings");
  wire::json_walk items{from.c.raw};
  while (items.next()) {
    const auto text = content(items.value(), other_);
    if (!text) return fail("c", "must be an array of strings");
    if (!into.add(wire::note_tag::condition, *text)) return fail("c", too_much);
  }
  return true;
}

bool ndjson::decimal(std::string_view key, const json_value& from, wire::decimal& to) {
  if (!is_present(from)) return fail(key, "is missing");
  if (!from.is(json_kind::number)) return fail(key, "must be a number");
  const auto value = wire::parse_decimal(from.raw);
  if (!value) return fail(key, "cannot be kept exactly: more than 18 digits, or an exponent beyond 18");
  to = *value;
  return true;
}

bool ndjson::size(std::string_view key, const json_value& from, wire::decimal& to) {
  return decimal(key, from, to) && (to.mantissa >= 0 || fail(key, "must not be negative"));
}

bool ndjson::fail(std::string_view key, std::string_view what) {
  why_.assign(1, '"').append(key).append("\" ").append(what);
  return false;
}

}  // namespace tickcast::feed
