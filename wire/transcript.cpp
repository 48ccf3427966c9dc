#include "wire/transcript.hpp"

#include "wire/json_member.hpp"
#include "wire/symbols.hpp"

namespace tickcast::wire {

bool transcript::wrong(std::string what) {
  fault_ = std::move(what);
  return false;
}

std::optional<std::string_view> transcript::read(std::string_view frame, bool binary) {
  if (!fault_.empty()) return std::nullopt;
  if (!binary) {
    if (!learn(frame)) return std::nullopt;
    return frame;
  }
  json_.clear();
  if (frame.empty()) wrong("a binary frame holds no message");
  for (std::size_t place = 1; !frame.empty() && fault_.empty(); ++place) {
    json_.add(place == 1 ? '[' : ',');
    if (const char* fault = decode_sbe(frame, message_)) {
      wrong("message " + std::to_string(place) + " of a binary frame cannot be read: " + fault);
      break;
    }
    const auto known = names_.find(index_of(message_.tick.symbol));
    if (known == names_.end()) {
      wrong("message " + std::to_string(place) + " of a binary frame is of symbol id " +
            std::to_string(index_of(message_.tick.symbol)) + ", which no message has named");
      break;
    }
    encode_json(json_, known->second, message_);
  }
  json_.add(']');
  if (!fault_.empty()) return std::nullopt;
  return json_.view();
}

// The names in {"e":"subscribed",…} and {"e":"symbol",…}; whether the rest is as it should be others judge.
bool transcript::learn(std::string_view frame) {
  json_walk walk{frame};
  if (walk.kind() != json_kind::array) return true;
  while (walk.next()) {
    const std::string_view object = walk.value().raw;
    const std::string_view kind = json_member(object, "e").plain();
    if (kind == "symbol" && !name(object)) return false;
    if (kind != "subscribed") continue;
    const json_value list = json_member(object, "symbols");
    if (!list.is(json_kind::array)) continue;
    json_walk symbols{list.raw};
    while (symbols.next())
      if (!name(symbols.value().raw)) return false;
  }
  return true;
}

bool transcript::name(std::string_view object) {
  std::int64_t id = 0;
  const json_value given = json_member(object, "id");
  const std::string_view symbol = json_member(object, "s").plain();
  if (given.raw.empty()) return true;
  if (!json_integer(given, id) || id < 0 || id > UINT32_MAX || !is_symbol(symbol))
    return wrong("a symbol's id is no number of 32 bits, or names no symbol");
  const auto [place, fresh] = names_.try_emplace(static_cast<std::uint32_t>(id), symbol);
  if (fresh || place->second == symbol) return true;
  return wrong("symbol id " + std::to_string(id) + " is " + place->second + ", and now " + std::string{symbol});
}

}  // namespace tickcast::wire
