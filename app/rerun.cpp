#include "app/rerun.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "fanout/session.hpp"
#include "fanout/transport.hpp"
#include "feed/epoch.hpp"

namespace tickcast::app {

namespace {

constexpr std::size_t symbols_max = 10'000'000;
constexpr std::size_t lane_capacity = 1 << 20;  // a batch and what it is answered with: nothing is ever dropped
constexpr std::int64_t first_look_ns = 10'000'000;

}  // namespace

// The client: takes every frame at once, and answers every ping.
class rerun::guest final : public fanout::transport, private fanout::wheel::timer {
 public:
  guest(fanout::commons& all, const sink& frames) : all_(all), frames_(frames), talk_(all, *this) {
    talk_.opened();
    all.wheel.arm(*this, all.clock.mono_ns() + first_look_ns);
  }

  void say(std::string_view frame) { said_.emplace_back(frame); }
  // Whether anything that it has said was carried out, in part or whole.
  bool go_on() {
    if (std::exchange(reading_on_, false)) return proceed(talk_.proceed());
    if (said_.empty() || waiting_ || !ended_.empty()) return false;
    return proceed(talk_.message(said_.front(), false));
  }
  const std::string& ended() const { return ended_; }

 private:
  bool proceed(bool done) {
    waiting_ = !done;
    if (done && !said_.empty()) said_.pop_front();
    return true;
  }

  bool blocked() const override { return !ended_.empty(); }
  std::int64_t progress_ns() const override { return all_.clock.mono_ns(); }
  void send(fanout::batch& messages) override { frames_(messages.finish()); }
  void ping() override { pinged_ = true; }
  void close(wire::close_code code, std::string_view reason) override {
    if (!ended_.empty()) return;
    ended_ = fmt::format("{} {}", static_cast<int>(code), reason);
    talk_.closing();
  }
  void read_on() override { reading_on_ = true; }
  const fanout::client& client() const override { return client_; }

  void due(std::int64_t now_ns) override {
    if (!ended_.empty()) return;
    talk_.tend(now_ns);
    if (std::exchange(pinged_, false)) talk_.heard(true);
    if (ended_.empty()) all_.wheel.arm(*this, talk_.next_ns(now_ns));
  }

  fanout::commons& all_;
  const sink& frames_;
  const fanout::client client_{"replay", "replay"};
  std::deque<std::string> said_;  // the first may be in the middle of being carried out
  std::string ended_;
  bool waiting_ = false, reading_on_ = false, pinged_ = false;
  fanout::session talk_;
};

rerun::rerun(feed::epoch_id epoch, std::string version, sink frames)
    : epoch_(feed::epoch_text(epoch)),
      version_(std::move(version)),
      frames_(std::move(frames)),
      symbols_(symbols_max),
      lane_(lane_capacity),
      sequencer_(symbols_, inbox_, {&lane_}) {}

rerun::~rerun() = default;

void rerun::begin(std::int64_t unix_ns) {
  stage_.emplace(fanout::service{limits_, symbols_, epoch_, version_, origins_}, lane_, inbox_, 0, fanout::clock{unix_ns});
  stage_->all.dice.seed(0);  // the session's name, too, is the same each time
  guest_ = std::make_unique<guest>(stage_->all, frames_);
  settle();
}

void rerun::say(std::string_view frame) {
  guest_->say(frame);
  settle();
}

void rerun::pass_to(std::int64_t unix_ns) {
  fanout::commons& all = stage_->all;
  // Deadlines of the client's, and the ends of bars.
  const auto next = [&] { return std::min(all.wheel.next_ns().value_or(INT64_MAX), sequencer_.next_close_ns().value_or(INT64_MAX)); };
  for (std::int64_t due = next(); due < unix_ns; due = next()) {
    all.clock.set(std::max(due, now()));
    sequencer_.close_due(now());
    settle();
  }
  if (unix_ns > now()) all.clock.set(unix_ns);
}

void rerun::take(const feed::journal_reader& block) {
  if (block.kind() != feed::block_kind::ticks) {
    sequencer_.take_back(block);
    return;
  }
  block.each_tick([this](const wire::tick& t, const wire::notes& notes) { sequencer_.republish(t, notes, now()); });
  settle();
}

// Until nothing more happens at this moment.
void rerun::settle() {
  bool more = true;
  while (more) {
    sequencer_.commit();
    more = stage_->turn(lane_capacity, now()) > 0;
    more |= guest_->go_on();
  }
}

const std::string& rerun::ended() const { return guest_->ended(); }

}  // namespace tickcast::app
