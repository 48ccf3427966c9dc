#include "feed/line_intake.hpp"

#include <utility>

namespace tickcast::feed {

line_intake::line_intake(sequencer& to, counters& counts, input_log& log, std::string origin)
    : to_(to), counts_(counts), log_(log), origin_(std::move(origin)) {}

bool line_intake::pull(const arrival& at) {
  while (const auto line = lines_.next()) {
    line_ = line->number;
    if (line->too_long) {
      refuse(at, "is longer than 64 KiB");
      continue;
    }
    switch (decoder_.decode(line->text, event_)) {
      case decoded::event: return true;
      case decoded::bad: refuse(at, decoder_.why()); break;
    }
  }
  return false;
}

void line_intake::publish(const arrival& at) {
  switch (to_.publish(event_, at)) {
    case verdict::taken:
      counts_.ticks.add();
      counts_.last_tick_ns.set(static_cast<std::uint64_t>(at.mono_ns));
      ++taken_;
      break;
    case verdict::bad_symbol: refuse(at, "\"s\" is not a symbol"); break;
    case verdict::table_full: refuse(at, "\"s\" is new and the symbol table is full (max_symbols)"); break;
    case verdict::crossed_book:
      refuse(at, "\"b\" would not stay below \"a\" in this book; remove what is gone in the same line, or send the whole with \"snap\":true");
      break;
    case verdict::deep_book:
      refuse(at, "makes the book deeper than 5000 levels a side; send fewer, or remove some with a size of 0");
      break;
  }
}

void line_intake::refuse(const arrival& at, std::string_view why) {
  counts_.bad_input.add();
  ++bad_;
  log_.bad(at.mono_ns, line_, origin_, why);
}

}  // namespace tickcast::feed
