#include "feed/lobster_source.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

namespace tickcast::feed {
namespace {

constexpr int events_per_turn = 256;

}  // namespace

lobster_source::lobster_source(std::string name, lobster_settings settings, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)), settings_(std::move(settings)), to_(to), log_(this->name()), timer_(io), pace_(settings_.speed) {}

void lobster_source::start() {
  midnight_ns_ = new_york_midnight_ns(settings_.date).value();
  for (auto& [file, path] : {std::pair<std::ifstream&, const std::string&>{messages_, settings_.path}, {rows_, settings_.book_path}}) {
    file.open(path);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
      throw std::runtime_error("feed '" + this->name() + "': cannot read " + path + ": " + (errno ? std::strerror(errno) : "it is empty"));
  }
  set_live(true);
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

void lobster_source::stop() {
  stopped_ = true;
  timer_.cancel();
}

void lobster_source::turn() {
  if (stopped_) return;
  arrival at = arrival::now();
  if (patience_.wait(to_.crowded(at.mono_ns), at.mono_ns))
    return turn_at(at.mono_ns + std::chrono::nanoseconds{patience::pause}.count());
  for (int left = events_per_turn; left > 0; --left) {
    if (!std::exchange(held_, false) && !pull(at.mono_ns)) {
      to_.commit();
      return end();
    }
    if (!due(at)) return to_.commit();
    publish(at);
  }
  to_.commit();
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

// The next event and the row behind it. One that cannot be read costs both their lines.
bool lobster_source::pull(std::int64_t mono_ns) {
  while (std::getline(messages_, line_) && std::getline(rows_, row_line_)) {
    ++number_;
    const char* fault = read_lobster_event(line_, now_);
    if (!fault) fault = read_lobster_row(row_line_, after_);
    if (!fault && settings_.levels && after_.columns != settings_.levels) fault = "its order book has not so many levels as were named";
    if (!fault) return true;
    counts_.bad_input.add();
    log_.bad(mono_ns, number_, {}, fault);
  }
  return false;
}

bool lobster_source::due(arrival& at) {
  if (pace_.at_once()) return true;
  const std::int64_t due_ns = pace_.due(now_.after_midnight_ns, at.mono_ns);
  if (due_ns > at.mono_ns) at = arrival::now();
  if (due_ns <= at.mono_ns) return true;
  held_ = true;
  turn_at(due_ns);
  return false;
}

void lobster_source::give(const arrival& at) {
  event_.name = settings_.symbol;
  event_.stamped = true;
  event_.tick.venue_ns = midnight_ns_ + now_.after_midnight_ns;
  if (to_.publish(event_, at) != verdict::taken) return counts_.bad_input.add();
  counts_.ticks.add();
  counts_.last_tick_ns.set(static_cast<std::uint64_t>(at.mono_ns));
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
  give(at);
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
  give(at);
}

void lobster_source::publish_halt(const arrival& at) {
  event_.tick.kind = wire::record_kind::status;
  event_.tick.status.state = now_.price < 0 ? wire::market_state::halted : now_.price == 0 ? wire::market_state::auction : wire::market_state::trading;
  give(at);
}

void lobster_source::turn_at(std::int64_t mono_ns) {
  timer_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{mono_ns}});
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) turn();
  });
}

void lobster_source::end() {
  const auto& found = book_.found();
  spdlog::info("feed {} ended: {} events; the book followed from {} of them, a level came up from below the file in {}, and {} were different",
               name(), found.events, found.equal, found.came_up, found.different);
  set_ended();
}

}  // namespace tickcast::feed
