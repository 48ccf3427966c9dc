#pragma once
// The composition root: makes the rooms, introduces them to each other, and lives through signals. Nothing else knows
// both feeds and clients. SIGTERM and SIGINT drain, a second Ctrl-C ends at once; SIGHUP reads the certificate again.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/config.hpp"
#include "app/opening_hours.hpp"
#include "fanout/admin.hpp"
#include "fanout/server.hpp"
#include "feed/archive.hpp"
#include "feed/ingest.hpp"
#include "feed/journal.hpp"

namespace tickcast::app {

// Throws what `serve` would refuse, without opening a port: certificate and feed URIs are read.
void check(const config& config);

class serve {
 public:
  // Opens the ports, reads the certificate. Throws an exception that says in one sentence what is in the way.
  explicit serve(const config& config);

  int run();  // until a signal; the exit code

 private:
  enum class phase : std::uint8_t { starting, serving, draining };

  void await_end();
  void await_hangup();
  void drain(const char* signal);
  fanout::readiness ready() const;  // the admin thread

  const config config_;
  const std::chrono::steady_clock::time_point born_ = std::chrono::steady_clock::now();
  std::atomic<phase> phase_{phase::starting};
  boost::asio::io_context main_{1};
  boost::asio::signal_set end_, hangup_;
  int interrupts_ = 0;
  wire::symbol_table symbols_;
  wire::inbox inbox_;
  std::vector<std::unique_ptr<wire::lane>> lanes_;
  std::optional<feed::journal> journal_;
  const std::string epoch_;
  feed::archive archive_;
  const opening_hours hours_;
  fanout::server server_;
  feed::ingest ingest_;
  fanout::admin admin_;
};

}  // namespace tickcast::app
