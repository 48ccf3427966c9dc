#include "feed/lean_source.hpp"

#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr int trades_per_turn = 1024;

}  // namespace

lean_source::lean_source(std::string name, lean_settings settings, boost::asio::io_context& io, sequencer& to)
    : played_source(std::move(name), settings.speed, trades_per_turn, io, to), settings_(std::move(settings)), log_(this->name()) {}

void lean_source::start() {
  try {
    tape_.emplace(settings_);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("feed '" + name() + "': " + error.what());
  }
  begin();
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

std::optional<std::int64_t> lean_source::recorded_ns() const { return event_.tick.venue_ns; }

void lean_source::publish(const arrival& at) { give(event_, at); }

bool lean_source::go_on() {
  spdlog::info("feed {} ended: {} ticks, {} bad lines", name(), counts_.ticks.value(), counts_.bad_input.value());
  return false;
}

void lean_source::close() { tape_.reset(); }

}  // namespace tickcast::feed
