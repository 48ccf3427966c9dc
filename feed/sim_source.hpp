#pragma once
// Paces the simulation: the rate holds over any second, flurries come together, and what a busy machine delays is
// caught up in bounded batches. What it is behind by more than a second it lets go of, and says so.
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/ladder.hpp"
#include "feed/sequencer.hpp"
#include "feed/settings.hpp"
#include "feed/simulation.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class sim_source final : public source {
 public:
  sim_source(std::string name, const sim_settings& settings, boost::asio::io_context& io, sequencer& to);

  void start() override;  // names all its symbols, so that they can be subscribed to before their first tick
  void stop() override;

 private:
  void turn();
  std::int64_t behind(std::int64_t mono_ns);
  void follow(std::uint32_t at, const arrival& when);
  void wait(std::int64_t mono_ns);

  const std::int64_t rate_;
  const std::int64_t every_ns_;   // 0: no gathering
  const std::int64_t ahead_max_;  // how far a flurry may run ahead of the rate
  simulation market_;
  sequencer& to_;
  boost::asio::steady_timer timer_;
  std::vector<wire::symbol_id> ids_;  // by the simulation's own numbering
  event event_, book_;
  std::vector<ladder> ladders_;       // by the same; none: no books
  std::int64_t base_ns_ = 0;  // the second being worked on, on the monotonic clock
  std::int64_t made_ = 0;     // ticks since then
  std::int64_t let_go_ = 0, told_ns_ = 0;
  bool stopped_ = false;
};

}  // namespace tickcast::feed
