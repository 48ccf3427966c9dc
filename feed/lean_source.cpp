#include "feed/lean_source.hpp"

#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr int trades_per_turn = 1024;

}  // namespace

lean_source::lean_source(std::string name, lean_settings settings, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)), settings_(std::move(settings)), to_(to), log_(this->name()), timer_(io), pace_(settings_.speed) {}

void lean_source::start() {
  try {
    tape_.emplace(settings_);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("feed '" + name() + "': " + error.what());
  }
  set_live(true);
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

void lean_source::stop() {
  timer_.cancel();
  tape_.reset();
}

void lean_source::turn() {
  if (!tape_) return;
  arrival at = arrival::now();
  if (patience_.wait(to_.crowded(at.mono_ns), at.mono_ns))
    return turn_at(at.mono_ns + std::chrono::nanoseconds{patience::pause}.count());
  for (int left = trades_per_turn; left > 0; --left) {
    if (!std::exchange(held_, false) && !pull(at)) {
      to_.commit();
      spdlog::info("feed {} ended: {} ticks, {} bad lines", name(), counts_.ticks.value(), counts_.bad_input.value());
      set_ended();
      tape_.reset();
      return;
    }
    if (!due(at)) return to_.commit();
    publish(at);
  }
  to_.commit();
  boost::asio::post(timer_.get_executor(), [this] { turn(); });
}

bool lean_source::pull(const arrival& at) {
  for (;;) {
    switch (tape_->next(event_)) {
      case lean_tape::step::event: return true;
      case lean_tape::step::end: return false;
      case lean_tape::step::bad:
        counts_.bad_input.add();
        log_.bad(at.mono_ns, tape_->line(), {}, tape_->why());
    }
  }
}

void lean_source::publish(const arrival& at) {
  if (to_.publish(event_, at) != verdict::taken) return counts_.bad_input.add();
  counts_.ticks.add();
  counts_.last_tick_ns.set(static_cast<std::uint64_t>(at.mono_ns));
}

bool lean_source::due(arrival& at) {
  if (pace_.at_once()) return true;
  const std::int64_t due_ns = pace_.due(event_.tick.venue_ns, at.mono_ns);
  if (due_ns > at.mono_ns) at = arrival::now();
  if (due_ns <= at.mono_ns) return true;
  held_ = true;
  turn_at(due_ns);
  return false;
}

void lean_source::turn_at(std::int64_t mono_ns) {
  timer_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{mono_ns}});
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) turn();
  });
}

}  // namespace tickcast::feed
