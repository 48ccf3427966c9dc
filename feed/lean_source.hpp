#pragma once
// A day of trades in LEAN's form, played by its own clock, or faster. Nothing is read while it runs: the file is in memory
// when it starts.
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "feed/input_log.hpp"
#include "feed/lean_tape.hpp"
#include "feed/played_source.hpp"

namespace tickcast::feed {

class lean_source final : public played_source {
 public:
  lean_source(std::string name, lean_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;

 private:
  bool pull(const arrival& at) override;
  std::optional<std::int64_t> recorded_ns() const override;
  void publish(const arrival& at) override;
  bool go_on() override;
  void close() override;

  const lean_settings settings_;
  input_log log_;
  std::optional<lean_tape> tape_;
  event event_;
};

}  // namespace tickcast::feed
