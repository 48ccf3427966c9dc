#pragma once
// A journal, played: its ticks in the order in which they were recorded, as long after each other as they arrived then
// (`speed`), or as fast as the shards take them (`max`). They keep their venue's time and get numbers of this server.
// The same journal makes the same ticks in the same order, each time.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "feed/journal_reader.hpp"
#include "feed/played_source.hpp"
#include "feed/settings.hpp"

namespace tickcast::feed {

class journal_source final : public played_source {
 public:
  journal_source(std::string name, recorded_settings settings, boost::asio::io_context& io, sequencer& to);

  void start() override;

 private:
  bool pull(const arrival& at) override;
  std::optional<std::int64_t> recorded_ns() const override;
  void publish(const arrival& at) override;
  bool go_on() override;
  void close() override;
  void take_levels();
  bool next_block();

  const recorded_settings settings_;
  std::optional<journal_reader> reader_;
  std::size_t next_record_ = 0;
  bool ticks_ = false;  // the reader's block is one of ticks
  bool state_ = false;  // … or of the books that an epoch begins with
  bool played_ = false; // there were ticks of this epoch
  epoch_id epoch_ = 0;
  std::vector<std::optional<wire::symbol_id>> ids_;  // by the journal's own numbering, which is its epoch's
  event event_;
  std::int64_t arrived_ns_ = 0;  // of `event_`, Unix time of the recording
};

}  // namespace tickcast::feed
