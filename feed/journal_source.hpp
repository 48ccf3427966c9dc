#pragma once
// A journal, played: its ticks in the order in which they were recorded, as long after each other as they arrived then
// (`speed`), or as fast as the shards take them (`max`). They keep their venue's time and get numbers of this server.
// The same journal makes the same ticks in the same order, each time.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "feed/journal_reader.hpp"
#include "feed/pace.hpp"
#include "feed/patience.hpp"
#include "feed/sequencer.hpp"
#include "feed/settings.hpp"
#include "feed/source.hpp"

namespace tickcast::feed {

class journal_source final : public source {
 public:
  journal_source(std::string name, recorded_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;
  void stop() override;

 private:
  void turn();
  bool pull();  // the next tick into `event_`; false: there is none
  void take_levels();
  bool next_block();
  bool due(arrival& at);
  void publish(const arrival& at);
  void turn_at(std::int64_t mono_ns);
  void end();

  const recorded_settings settings_;
  sequencer& to_;
  boost::asio::steady_timer timer_;
  std::optional<journal_reader> reader_;
  std::size_t next_record_ = 0;
  bool ticks_ = false;  // the reader's block is one of ticks
  bool state_ = false;  // … or of the books that an epoch begins with
  bool played_ = false; // there were ticks of this epoch
  epoch_id epoch_ = 0;
  std::vector<std::optional<wire::symbol_id>> ids_;  // by the journal's own numbering, which is its epoch's
  event event_;
  std::int64_t arrived_ns_ = 0;  // of `event_`, Unix time of the recording
  bool held_ = false;            // `event_` is not yet due
  pace pace_;
  patience patience_{std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max()}};  // a file has time
};

}  // namespace tickcast::feed
