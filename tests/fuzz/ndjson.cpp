// Any bytes, cut anywhere, through the line splitter and the decoder. Besides not failing: the lines do not depend on
// the cuts, an event is one that the sequencer may take, and its numbers survive being written and read again.
#include "feed/ndjson.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "feed/line_splitter.hpp"
#include "feed/order_book.hpp"
#include "wire/book_tick.hpp"
#include "wire/decimal.hpp"
#include "wire/symbols.hpp"

namespace {

using namespace tickcast;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void check_number(std::int64_t mantissa, int exponent) {
  char text[wire::decimal_text_max];
  const char* end = wire::write_decimal(text, mantissa, exponent);
  require(end <= text + sizeof text, "a decimal fits its longest text");
  const auto again = wire::parse_decimal({text, static_cast<std::size_t>(end - text)});
  require(again.has_value(), "what was written can be read");
  require(wire::compare(*again, {mantissa, static_cast<std::int8_t>(exponent)}) == 0, "and is the same number");
}

// A book takes it, or is left as it was; it is never crossed, and its ticks lead to it.
void check_book(const feed::event& e) {
  static feed::order_book kept;
  static wire::book replica;
  static std::vector<wire::level_step> steps;
  kept.change(e.levels, e.whole, steps);
  require(!kept.levels().crossed(), "a book is not crossed");
  wire::book_packer pack;
  const auto finish = [&] {
    wire::tick t;
    wire::notes strings;
    pack.finish(t, strings, wire::book_part::change);
    require(wire::book_tick_fault(t, strings.bytes()) == nullptr, "a book's tick is one");
    wire::each_level(t, strings.bytes(), [](const wire::level_step& s) {
      require(wire::compare(replica.apply(s.change).before, s.before) == 0, "a step says what was there");
    });
    require(!replica.crossed(), "no tick leaves a crossed book");
  };
  for (const wire::level_step& s : steps) {
    if (pack.add(s)) continue;
    if (!pack.empty()) finish();
    if (pack.add(s)) continue;
    pack.add({{s.change.side, s.change.price, {}}, s.before});
    finish();
    pack.add({s.change, {}});
  }
  if (!pack.empty()) finish();
  require(replica == kept.levels(), "its ticks lead to the book");
  if (kept.levels().bytes() > 1 << 16) kept.forget(), replica.clear();
}

void check_event(const feed::event& e) {
  require(wire::is_symbol(e.name), "an event has a symbol");
  const wire::tick& t = e.tick;
  if (t.kind == wire::record_kind::quote) {
    for (std::int64_t price : {t.quote.bid, t.quote.ask}) check_number(price, t.price_exponent);
    for (std::int64_t size : {t.quote.bid_size, t.quote.ask_size}) {
      require(size >= 0, "sizes are not negative");
      check_number(size, t.size_exponent);
    }
  } else if (t.kind == wire::record_kind::book) {
    for (const wire::level_change& c : e.levels) {
      require(c.size.mantissa >= 0, "sizes are not negative");
      check_number(c.price.mantissa, c.price.exponent);
      check_number(c.size.mantissa, c.size.exponent);
    }
    check_book(e);
  } else if (t.kind == wire::record_kind::status) {
    require(t.status.state <= wire::market_state::closed, "a status has a state");
  } else {
    require(t.kind == wire::record_kind::trade, "an event is a trade, a quote, a book or a status");
    require(t.trade.size >= 0, "sizes are not negative");
    check_number(t.trade.price, t.price_exponent);
    check_number(t.trade.size, t.size_exponent);
  }
  std::size_t seen = 0;
  wire::each_note(e.notes.bytes(), [&](wire::note_tag, std::string_view text) {
    require(wire::is_utf8(text), "notes are UTF-8");
    seen += 2 + text.size();
  });
  require(seen == e.notes.bytes().size(), "notes are whole");
}

// Every line, one after the other, as a digest: number, length and bytes.
std::string lines_of(std::string_view input, std::size_t cut, feed::ndjson& decoder) {
  std::string digest;
  feed::line_splitter lines;
  const auto take = [&] {
    while (const auto line = lines.next()) {
      digest += std::to_string(line->number) + (line->too_long ? "!" : ":") + std::string(line->text) + "\n";
      feed::event e;
      if (!line->too_long && decoder.decode(line->text, e) == feed::decoded::event) check_event(e);
    }
  };
  while (!input.empty()) {
    const auto room = lines.room();
    const std::size_t size = std::min({cut, room.size(), input.size()});
    std::memcpy(room.data(), input.data(), size);
    lines.filled(size);
    input.remove_prefix(size);
    take();
  }
  lines.finish();
  take();
  return digest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static feed::ndjson decoder;
  const std::string_view input{reinterpret_cast<const char*>(data + 1), size - 1};
  require(lines_of(input, data[0] + std::size_t{1}, decoder) == lines_of(input, feed::chunk_max, decoder),
          "lines do not depend on how the input is cut");
  return 0;
}
