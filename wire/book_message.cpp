#include "wire/book_message.hpp"

#include "wire/decode_sbe.hpp"
#include "wire/sbe_block.hpp"

namespace tickcast::wire {
namespace {

constexpr std::size_t head_max = 160, level_max = 2 * decimal_text_max + 4;

char* put_levels(char* to, const std::vector<level>& levels) {
  *to++ = '[';
  for (const level& l : levels) {
    if (&l != &levels.front()) *to++ = ',';
    *to++ = '[';
    to = write_decimal(to, l.price.mantissa, l.price.exponent);
    *to++ = ',';
    to = write_decimal(to, l.size.mantissa, l.size.exponent);
    *to++ = ']';
  }
  *to++ = ']';
  return to;
}

char* put_group(char* to, const std::vector<level>& levels) {
  const sbe::book_group_size size{sizeof(sbe::book_level), static_cast<std::uint16_t>(levels.size())};
  std::memcpy(to, &size, sizeof size);
  to += sizeof size;
  for (const level& l : levels) {
    const sbe::book_level entry{sbe::number_of(l.price), sbe::number_of(l.size)};
    std::memcpy(to, &entry, sizeof entry);
    to += sizeof entry;
  }
  return to;
}

const char* take_group(std::string_view& from, std::vector<level>& to) {
  sbe::book_group_size size{};
  if (from.size() < sizeof size) return sbe::cut_short;
  std::memcpy(&size, from.data(), sizeof size);
  from.remove_prefix(sizeof size);
  if (size.count > 0 && size.block_length < sizeof(sbe::book_level)) return "its levels are too short";
  if (from.size() < std::size_t{size.count} * size.block_length) return sbe::cut_short;
  to.reserve(size.count);
  for (unsigned i = 0; i < size.count; ++i) {
    sbe::book_level entry{};
    std::memcpy(&entry, from.data(), sizeof entry);
    from.remove_prefix(size.block_length);
    if (!sbe::all_fit(entry.price, entry.size)) return sbe::bad_exponent;
    to.push_back({sbe::decimal_of(entry.price), sbe::decimal_of(entry.size)});
  }
  return nullptr;
}

template <class Block>
void put_block(text& to, const book_message& m) {
  char* at = to.room(sizeof(sbe::header) + sizeof(Block) + 2 * sizeof(sbe::book_group_size) +
                     (m.bids.size() + m.asks.size()) * sizeof(sbe::book_level));
  at = sbe::put<Block>(at, m.last, m.venue_ns, index_of(m.symbol), m.sum, m.first);
  to.wrote(put_group(put_group(at, m.bids), m.asks));
}

}  // namespace

void show(const book& now, std::size_t depth, book_message& to) {
  to.snapshot = true;
  for (book_side s : book_sides) {
    auto& levels = to.of(s);
    levels.clear();
    const std::size_t count = std::min(depth, now.count(s));
    for (std::size_t i = 0; i < count; ++i) levels.push_back(now.at(s, i));
  }
}

std::size_t json_bytes_max(const book_message& m) { return head_max + (m.bids.size() + m.asks.size()) * level_max; }

void encode_json_book(text& to, std::string_view symbol, const book_message& m) {
  char* at = to.room(json_bytes_max(m) + symbol.size());
  const auto add = [&at](std::string_view bytes) {
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  const auto add_count = [&at](auto value) { at = std::to_chars(at, at + 20, value).ptr; };
  add(R"({"e":"book","s":")");
  add(symbol);
  add("\",");
  if (m.first < m.last) {
    add(R"("f":)");
    add_count(m.first);
    add(",");
  }
  add(R"("n":)");
  add_count(m.last);
  add(R"(,"t":)");
  add_count(micros(m.venue_ns));
  add(m.snapshot ? R"(,"snap":true,"b":)" : R"(,"b":)");
  at = put_levels(at, m.bids);
  add(R"(,"a":)");
  at = put_levels(at, m.asks);
  add(R"(,"sum":)");
  add_count(m.sum);
  add("}");
  to.wrote(at);
}

void encode_sbe_book(text& to, const book_message& m) {
  m.snapshot ? put_block<sbe::book_snapshot_block>(to, m) : put_block<sbe::book_change_block>(to, m);
}

const char* decode_sbe_book(std::string_view& from, std::size_t length, sbe_message& to) {
  sbe::book_snapshot_block b{};  // that of a change is the same
  if (!sbe::take(from, length, b)) return sbe::cut_short;
  if (b.first == 0 || b.first > b.sequence) return "the numbers that it stands for are none";
  book_message& m = to.book;
  m.symbol = symbol_id{b.symbol};
  m.first = b.first;
  m.last = b.sequence;
  m.venue_ns = b.time;
  m.sum = b.sum;
  m.snapshot = to.kind == sbe::template_id::book_snapshot;
  to.tick.symbol = m.symbol;
  to.tick.n = to.last = b.sequence;
  to.tick.venue_ns = b.time;
  to.tick.kind = record_kind::book;
  to.channel = channel::book;
  to.snapshot = m.snapshot;
  to.covered.first = b.first;
  to.covered.count = b.sequence - b.first + 1;
  if (const char* fault = take_group(from, m.bids)) return fault;
  return take_group(from, m.asks);
}

}  // namespace tickcast::wire
