#pragma once
// The serving side as a whole: shards, the door with its porters, the certificate. It owns their threads. It knows lanes and
// an inbox, and nothing of feeds.
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "fanout/counter.hpp"
#include "fanout/limits.hpp"
#include "wire/bar_shelf.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"
#include "wire/market_hours.hpp"
#include "wire/symbols.hpp"

namespace tickcast::fanout {

// What keeps the server from starting, in one sentence for the operator.
struct start_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct certificate_source {
  std::string cert_file, key_file;  // both or neither
  bool self_signed = false;         // made in memory at start: for trying out, and for tests
  bool none() const { return cert_file.empty() && !self_signed; }  // plain
};

struct server_options {
  boost::asio::ip::tcp::endpoint listen;
  certificate_source certificate;
  bool echo = false;
  bool deflate = true;
  bool open_symbols = false;
  std::vector<std::string> allowed_origins;  // "*" for all; empty: same origin only
  std::string epoch;                         // names this run of sequence numbers
  std::string version;                       // as in "tickcast/0.1.0"
  wire::bar_shelf* shelf = nullptr;          // where bars are found; must outlive the server, as these
  const wire::market_hours* hours = nullptr;
  fanout::limits limits;
};

class shard;
class acceptor;
class porter;
class ledger;
class tls_context;

class server {
 public:
  // One shard per lane. Opens the port and reads the certificate: throws start_error.
  server(boost::asio::io_context& main, server_options options, const wire::symbol_table& symbols, wire::inbox& inbox,
         std::vector<wire::lane*> lanes);
  ~server();

  void start();                                        // shards serve, porters let in
  boost::asio::ip::tcp::endpoint listening() const;    // with the real port

  // Reads the certificate files again; connections that are there keep theirs. The error's text on failure (the old
  // certificate stays in use).
  std::optional<std::string> reload_certificate();

  // Stops accepting, says `bye` to everybody, closes within limits.drain; then calls `done` on `main`.
  void drain(std::function<void()> done);
  void stop();  // ends the threads, joins them

  const server_options& options() const { return options_; }
  const std::vector<std::unique_ptr<shard>>& shards() const { return shards_; }
  const std::vector<std::unique_ptr<porter>>& porters() const;

  // Any thread.
  std::int64_t certificate_expiry() const { return expiry_.load(std::memory_order_relaxed); }  // Unix seconds; 0 without TLS
  std::int64_t reloads(bool failed) const { return reloads_[failed].read(); }                  // of the certificate

 private:
  void use(std::shared_ptr<tls_context> tls);

  boost::asio::io_context& main_;
  server_options options_;
  std::shared_ptr<tls_context> tls_;
  std::atomic<std::int64_t> expiry_{0};
  std::array<counter, 2> reloads_;  // that succeeded, that failed
  std::unique_ptr<ledger> ledger_;
  std::vector<std::unique_ptr<shard>> shards_;
  std::unique_ptr<acceptor> acceptor_;
  boost::asio::steady_timer drain_limit_;
  std::size_t left_ = 0;  // shards still draining
  std::function<void()> finished_;
};

// Throws start_error for what `server` would refuse of the certificate, without opening a port (`serve --check`).
void check_certificate(const certificate_source& source);

}  // namespace tickcast::fanout
