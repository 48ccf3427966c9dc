#include "wire/status_message.hpp"

#include "wire/decode_sbe.hpp"
#include "wire/json_reader.hpp"
#include "wire/sbe_block.hpp"

namespace tickcast::wire {
namespace {

std::string_view reason_of(std::string_view notes) {
  std::string_view reason;
  each_note(notes, [&](note_tag tag, std::string_view value) {
    if (tag == note_tag::reason) reason = value;
  });
  return reason;
}

}  // namespace

std::optional<market_state> market_state_named(std::string_view name) {
  for (std::size_t i = 0; i < market_state_names.size(); ++i)
    if (market_state_names[i] == name) return static_cast<market_state>(i);
  return std::nullopt;
}

void encode_json_status(text& to, std::string_view symbol, const tick& t, std::string_view notes, bool snapshot,
                        const extent& covered) {
  to.add(R"({"e":"status","s":")").add(symbol).add(R"(","n":)").add_count(t.n);
  to.add(R"(,"t":)").add_integer(micros(t.venue_ns)).add(R"(,"state":")").add(name_of(t.status.state)).add('"');
  if (const auto reason = reason_of(notes); !reason.empty()) to.add(R"(,"reason":)").add_quoted(reason);
  if (covered.count > 1) to.add(R"(,"f":)").add_count(covered.first).add(R"(,"k":)").add_count(covered.count);
  to.add(snapshot ? R"(,"snap":true})" : "}");
}

void encode_sbe_status(text& to, const tick& t, std::string_view notes, bool snapshot, const extent& covered) {
  const std::string_view reason = reason_of(notes);
  char* at = to.room(sizeof(sbe::header) + sizeof(sbe::status_block) + 1 + reason.size());
  const std::uint8_t flags = snapshot ? sbe::snapshot_flag : 0;
  at = sbe::put<sbe::status_block>(at, t.n, t.venue_ns, index_of(t.symbol), flags,
                                   static_cast<std::uint8_t>(t.status.state), sbe::unused<2>{},
                                   covered.count > 1 ? covered.first : t.n);
  to.wrote(sbe::put_string(at, reason));
}

const char* decode_sbe_status(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::status_block b{};
  std::string_view reason;
  if (!sbe::take(from, length, b) || !sbe::take_string(from, reason)) return sbe::cut_short;
  if (b.state >= market_state_names.size()) return "its state is none";
  if (b.first == 0 || b.first > b.sequence) return "the numbers that it stands for are none";
  if (!is_utf8(reason)) return "its reason is not UTF-8";
  if (!reason.empty() && !to.strings.add(note_tag::reason, reason)) return "its reason is longer than 200 bytes";
  to.tick.status.state = static_cast<market_state>(b.state);
  to.snapshot = b.flags & sbe::snapshot_flag;
  to.tick.n = to.last = b.sequence;
  to.tick.venue_ns = b.time;
  to.tick.symbol = symbol_id{b.symbol};
  to.tick.kind = record_kind::status;
  to.channel = channel::status;
  to.covered.first = b.first;
  to.covered.count = b.sequence - b.first + 1;
  return nullptr;
}

}  // namespace tickcast::wire
