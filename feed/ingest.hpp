#pragma once
// The ingest thread: one io_context on which all sources live, and the sequencer that numbers what they bring. It
// sleeps in epoll until a source has something or a shard rings the inbox's bell, and where ticks gather anyway it lets
// them do so unread for a while; it never waits for a shard.
//
// It knows nothing of clients. The symbol table, the inbox and the lanes are the caller's and must outlive it.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "feed/gathering.hpp"
#include "feed/sequencer.hpp"
#include "feed/source.hpp"
#include "feed/uri.hpp"

namespace tickcast::feed {

class ingest {
 public:
  // One lane per shard, at the shard's index. The market goes on from the bars of the past that there are, and from what
  // the journal holds. `window`: how long shards let ticks gather.
  ingest(const std::vector<uri>& feeds, wire::symbol_table& symbols, wire::inbox& inbox,
         std::vector<wire::lane*> lanes, std::size_t history_bytes = history_bytes_default, journal* recorder = nullptr,
         const bar_settings& bars = {}, std::chrono::nanoseconds window = {});
  ~ingest();  // stops
  ingest(const ingest&) = delete;
  ingest& operator=(const ingest&) = delete;

  // Opens every source, then starts the thread. Throws std::runtime_error, one clear sentence, when a source cannot be
  // opened (no such file, port busy).
  void start();
  // Ends the thread; the sources' last ticks are in the lanes then. Any thread but its own; may be called twice.
  void stop();

  // Any thread. The list itself never changes.
  const std::vector<std::unique_ptr<source>>& sources() const { return sources_; }
  bool live() const;                                              // any source is
  std::uint64_t refused() const { return sequencer_.refused(); }  // ticks that the full symbol table could not take
  std::uint64_t too_late() const { return sequencer_.too_late(); }  // trades for bars that are not kept any more

 private:
  void run();
  void sleep();
  bool let_gather();
  void watch_bell();
  void close_bars();

  boost::asio::io_context io_;
  wire::inbox& inbox_;
  sequencer sequencer_;
  gathering gathering_;
  boost::asio::posix::stream_descriptor bell_;
  std::vector<std::unique_ptr<source>> sources_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tickcast::feed
