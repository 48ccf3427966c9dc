#include "feed/lobster_source.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr int events_per_turn = 256;

}  // namespace

lobster_source::lobster_source(std::string name, lobster_settings settings, boost::asio::io_context& io, sequencer& to)
    : played_source(std::move(name), settings.speed, events_per_turn, io, to), settings_(std::move(settings)), log_(this->name()) {}

void lobster_source::start() {
  midnight_ns_ = new_york_midnight_ns(settings_.date).value();
  for (auto& [file, path] : {std::pair<std::ifstream&, const std::string&>{messages_, settings_.path}, {rows_, settings_.book_path}}) {
    file.open(path);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
      throw std::runtime_error("feed '" + this->name() + "': cannot read " + path + ": " + (errno ? std::strerror(errno) : "it is empty"));
  }
  begin();
}

// The next event and the row behind it. One that cannot be read costs both their lines.
bool lobster_source::pull(const arrival& at) {
  while (std::getline(messages_, line_) && std::getline(rows_, row_line_)) {
    ++number_;
    const char* fault = read_lobster_event(line_, now_);
    if (!fault) fault = read_lobster_row(row_line_, after_);
    if (!fault && settings_.levels && after_.columns != settings_.levels) fault = "its order book has not so many levels as were named";
    if (!fault) return true;
    counts_.bad_input.add();
    log_.bad(at.mono_ns, number_, {}, fault);
  }
  return false;
}

std::optional<std::int64_t> lobster_source::recorded_ns() const { return now_.after_midnight_ns; }

void lobster_source::give_now(const arrival& at) {
  event_.name = settings_.symbol;
  event_.stamped = true;
  event_.tick.venue_ns = midnight_ns_ + now_.after_midnight_ns;
  give(event_, at);
}

// The trade, and then what it leaves.
void lobster_source::publish(const arrival& at) {
  event_.notes.clear();
  event_.tick = {};
  switch (now_.kind) {
    case lobster_kind::execution:
    case lobster_kind::hidden_execution:
    case lobster_kind::cross: publish_trade(at); break;
    case lobster_kind::halt: publish_halt(at); break;
    default: break;
  }
  event_.whole = book_.found().events == 0;
  book_.take(now_, after_, event_.levels);
  if (event_.levels.empty()) return;
  event_.notes.clear();
  event_.tick = {};
  event_.tick.kind = wire::record_kind::book;
  give_now(at);
}

// The direction is that of the order that was there: whoever took it was on the other side. A cross has no taker.
void lobster_source::publish_trade(const arrival& at) {
  event_.tick.kind = wire::record_kind::trade;
  event_.tick.price_exponent = lobster_exponent;
  event_.tick.trade = {now_.price, now_.size, {}, 0};
  if (now_.kind == lobster_kind::cross) {
    event_.notes.add(wire::note_tag::condition, "cross");
  } else {
    event_.tick.side = now_.buy ? wire::trade_side::sell : wire::trade_side::buy;
    if (now_.kind == lobster_kind::hidden_execution) event_.notes.add(wire::note_tag::condition, "hidden");
  }
  give_now(at);
}

void lobster_source::publish_halt(const arrival& at) {
  event_.tick.kind = wire::record_kind::status;
  event_.tick.status.state = now_.price < 0 ? wire::market_state::halted : now_.price == 0 ? wire::market_state::auction : wire::market_state::trading;
  give_now(at);
}

bool lobster_source::go_on() {
  const auto& found = book_.found();
  spdlog::info("feed {} ended: {} events; the book followed from {} of them, a level came up from below the file in {}, and {} were different",
               name(), found.events, found.equal, found.came_up, found.different);
  return false;
}

void lobster_source::close() {
  messages_.close();
  rows_.close();
}

}  // namespace tickcast::feed
