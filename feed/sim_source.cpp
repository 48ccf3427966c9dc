#include "feed/sim_source.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace tickcast::feed {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t nap_ns = 500'000;       // no finer: a wake-up costs as much as twenty ticks
constexpr std::int64_t ticks_per_turn = 2048;  // then the inbox and the other sources
constexpr std::int64_t ticks_per_stamp = 32;   // the clock is read anew: t is when a tick is made, to a few µs

}  // namespace

sim_source::sim_source(std::string name, const sim_settings& settings, boost::asio::io_context& io, sequencer& to)
    : source(std::move(name)),
      rate_(settings.rate),
      every_ns_(std::int64_t{settings.every_us} * 1000),
      ahead_max_(settings.rate / 50),
      market_(settings),
      to_(to),
      timer_(io) {
  for (std::uint32_t i = 0; settings.depth > 0 && i < settings.symbols; ++i)
    ladders_.emplace_back(settings.depth, settings.seed * 1'000'033 + i);
}

void sim_source::start() {
  ids_.reserve(market_.size());
  for (std::size_t i = 0; i < market_.size(); ++i) {
    const auto id = to_.resolve(market_.name(i));
    if (!id)
      throw std::runtime_error("feed '" + name() + "': the symbol table is full after " + std::to_string(i) + " of its " +
                               std::to_string(market_.size()) + " symbols; raise max_symbols or ask for fewer");
    ids_.push_back(*id);
  }
  set_live(true);
  base_ns_ = arrival::now().mono_ns;
  wait(base_ns_);
}

void sim_source::stop() {
  stopped_ = true;
  set_live(false);
  timer_.cancel();
}

void sim_source::turn() {
  if (stopped_) return;
  arrival at = arrival::now();
  const std::int64_t due = std::min(behind(at.mono_ns), ticks_per_turn);
  std::int64_t done = 0;
  // A flurry comes at once, ahead of its time; unless ticks are to gather, as that would be two ways at a time.
  const auto more = [&] {
    return done < due || (every_ns_ == 0 && market_.in_burst() && done < due + ahead_max_ && done < ticks_per_turn);
  };
  for (; due > 0 && more(); ++done) {
    if (done % ticks_per_stamp == ticks_per_stamp - 1) at = arrival::now();
    const std::uint32_t which = market_.next(event_.tick);
    event_.tick.symbol = ids_[which];
    to_.publish(event_, at);
    if (!ladders_.empty() && event_.tick.kind == wire::record_kind::quote) follow(which, at);
  }
  made_ += done;
  if (done) {
    counts_.ticks.add(static_cast<std::uint64_t>(done));
    counts_.last_tick_ns.set(static_cast<std::uint64_t>(at.mono_ns));
    to_.commit();
  }
  wait(arrival::now().mono_ns);
}

// The book comes with its quote, beyond the rate.
void sim_source::follow(std::uint32_t at, const arrival& when) {
  ladders_[at].follow(market_.about(at), event_.tick, book_);
  book_.tick.symbol = ids_[at];
  to_.publish(book_, when);
  counts_.ticks.add();
}

// How many ticks are due by now.
std::int64_t sim_source::behind(std::int64_t mono_ns) {
  // Counted within the second, so that nothing overflows however long this runs.
  for (; mono_ns - base_ns_ >= second_ns && made_ >= rate_; made_ -= rate_) base_ns_ += second_ns;
  const std::int64_t late_ns = mono_ns - base_ns_ - 2 * second_ns;
  if (late_ns > 0) {
    const std::int64_t seconds = late_ns / second_ns + 1;
    base_ns_ += seconds * second_ns;
    let_go_ += seconds * rate_;
    if (mono_ns - told_ns_ >= 10 * second_ns) {
      spdlog::warn("feed {}: this machine does not keep up with {} ticks a second; {} were never made", name(), rate_,
                   let_go_);
      told_ns_ = mono_ns;
    }
  }
  return (mono_ns - base_ns_) * rate_ / second_ns - made_;
}

void sim_source::wait(std::int64_t mono_ns) {
  std::int64_t next_ns = base_ns_ + ((made_ + 1) * second_ns + rate_ - 1) / rate_;  // the moment that `behind` counts it
  if (every_ns_) next_ns = base_ns_ + (next_ns - base_ns_ + every_ns_ - 1) / every_ns_ * every_ns_;
  if (next_ns <= mono_ns) return boost::asio::post(timer_.get_executor(), [this] { turn(); });
  timer_.expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{std::max(next_ns, mono_ns + nap_ns)}});
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) turn();
  });
}

}  // namespace tickcast::feed
