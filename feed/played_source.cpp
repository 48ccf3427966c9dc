#include "feed/played_source.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace tickcast::feed {

played_source::played_source(std::string name, double speed, int events_per_turn, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)), to_(to), events_per_turn_(events_per_turn), timer_(io), pace_(speed) {}

void played_source::begin() {
  set_live(true);
  turn_soon();
}

void played_source::stop() {
  over_ = true;
  timer_.cancel();
  close();
}

void played_source::finish() {
  over_ = true;
  set_ended();
  close();
}

void played_source::give(const event& e, const arrival& at) {
  if (to_.publish(e, at) != verdict::taken) return counts_.bad_input.add();
  counts_.ticks.add();
  counts_.last_tick_ns.set(static_cast<std::uint64_t>(at.mono_ns));
}

void played_source::turn() {
  if (over_) return;
  arrival at = arrival::now();
  if (patience_.wait(to_.crowded(at.mono_ns), at.mono_ns))
    return turn_at(at.mono_ns + std::chrono::nanoseconds{patience::pause}.count());
  for (int left = events_per_turn_; left > 0; --left) {
    if (!std::exchange(held_, false) && !pull(at)) {
      to_.commit();
      return go_on() ? turn_soon() : finish();
    }
    if (!due(at)) return to_.commit();
    publish(at);
  }
  to_.commit();
  turn_soon();
}

// Whether the event's time has come; otherwise the turn goes on when it has.
bool played_source::due(arrival& at) {
  if (pace_.at_once()) return true;
  const auto recorded = recorded_ns();
  if (!recorded) return true;
  const std::int64_t due_ns = pace_.due(*recorded, at.mono_ns);
  if (due_ns > at.mono_ns) at = arrival::now();
  if (due_ns <= at.mono_ns) return true;
  held_ = true;
  turn_at(due_ns);
  return false;
}

void played_source::turn_soon() {
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

void played_source::turn_at(std::int64_t mono_ns) {
  timer_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{mono_ns}});
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) turn();
  });
}

}  // namespace tickcast::feed
