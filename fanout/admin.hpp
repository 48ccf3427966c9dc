#pragma once
// The operators' port: plain HTTP/1.1 for /metrics, /healthz and /readyz, on a thread of its own, so that a scrape
// never waits for a shard nor a shard for a scrape. Bounded in all a stranger could use up: connections, header, time.
//
// It asks nobody who they are: it belongs on loopback or a private network. It knows collectables, not what they count.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <prometheus/collectable.h>

namespace tickcast::fanout {

// What /readyz says. Ready is: no reason against it.
struct readiness {
  struct feed {
    std::string name;
    bool live = false;
    bool stale = false;            // live, and silent for longer than it should be
    double silent_s = 0;           // since its last tick, or since the start
  };
  std::vector<std::string> reasons;  // why not: "starting", "draining", "no feed"
  std::vector<feed> feeds;

  bool ready() const { return reasons.empty(); }
  std::string json() const;
};

class admin {
 public:
  using collectables = std::vector<std::shared_ptr<prometheus::Collectable>>;

  // Opens the port: throws start_error. `collect` and `ready` are called on the admin thread.
  admin(const boost::asio::ip::tcp::endpoint& listen, collectables collect, std::function<readiness()> ready);
  ~admin();  // stops
  admin(const admin&) = delete;
  admin& operator=(const admin&) = delete;

  void start();
  void stop();
  boost::asio::ip::tcp::endpoint listening() const { return acceptor_.local_endpoint(); }

  static constexpr int connections_max = 64;  // a few scrapers and people; more are closed unanswered

 private:
  class connection;

  void accept();
  std::string metrics() const;

  int connections_ = 0;  // the admin thread's; outlives io_, whose last handlers count down
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const collectables collect_;
  const std::function<readiness()> ready_;
  std::thread thread_;
};

}  // namespace tickcast::fanout
