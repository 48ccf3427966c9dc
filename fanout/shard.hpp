#pragma once
// One thread, one io_context, its own sessions, topics and counters; shares nothing. It runs in turns: drain the lane,
// publish each tick to its topic, send what is merged and due, flush every touched session once; then let sockets have
// their turn; then sleep until the lane's bell, a socket or a deadline. Nothing throws across a turn.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fanout/arrival.hpp"
#include "fanout/connection.hpp"
#include "fanout/ledger.hpp"
#include "fanout/server.hpp"
#include "fanout/stage.hpp"
#include "fanout/tls.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"

namespace tickcast::fanout {

class shard {
 public:
  shard(std::uint32_t index, const server_options& options, const wire::symbol_table& symbols, wire::inbox& inbox,
        wire::lane& lane, ledger& book);
  ~shard();

  // ---- other threads ----
  void start();
  void stop();  // ends the thread and waits for it
  void adopt(arrival who);
  // Bye to everybody, closes spread over `window`; `done` is called on the shard's thread when nobody is left.
  void drain(std::chrono::milliseconds window, std::function<void()> done);
  std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  const fanout::tally& tally() const { return stage_.all.tally; }
  const wire::lane& lane() const { return lane_; }
  std::uint32_t index() const { return index_; }

  // ---- its connections, on its thread ----
  boost::asio::io_context::executor_type executor() { return context_.get_executor(); }
  tls_wire& tls_way() { return wire_; }
  void left(const std::shared_ptr<connection>& c);

 private:
  void run();
  bool turn();
  bool serve_sockets();
  void sleep();
  void await_bell();
  void open_window(std::int64_t end_ns);
  bool window_open(std::int64_t now_ns) const { return now_ns < next_turn_ns_; }
  bool ticks_wait() const { return !lane_.empty() && !window_open(mono_ns()); }

  const std::uint32_t index_;
  const server_options& options_;
  wire::lane& lane_;
  ledger& book_;
  boost::asio::io_context context_{1};
  boost::asio::posix::stream_descriptor bell_;
  boost::asio::steady_timer window_;
  std::uint64_t rung_ = 0;
  tls_wire wire_;
  stage stage_;
  std::unordered_map<std::shared_ptr<connection>, std::string> connections_;  // and its address, for the ledger
  std::function<void()> drained_;
  bool draining_ = false;
  std::int64_t next_turn_ns_ = 0;
  std::int64_t turn_ns_ = 0;  // how long the last one took
  std::atomic<std::size_t> load_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tickcast::fanout
