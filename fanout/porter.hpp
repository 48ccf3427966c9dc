#pragma once
// A thread at the door: takes connections in, shakes hands by TLS, and hands each on to a shard. A handshake
// costs as much as hundreds of messages, and thousands of them may come at once; so they are nothing that a shard does between
// two turns, and where both want the same CPU the shard goes first (nice 10).
//
// There are as many porters as shards, on one listening socket: SO_REUSEPORT would spread by hash, unevenly. What has failed
// goes to a shard, too, which sees to it that the alert arrives; who left, or took too long, does not.
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "fanout/arrival.hpp"
#include "fanout/ledger.hpp"
#include "fanout/limits.hpp"
#include "fanout/tally.hpp"
#include "fanout/tls.hpp"
#include "wire/doorbell.hpp"

namespace tickcast::fanout {

class porter {
 public:
  using taker = std::function<void(arrival)>;  // called on the porter's thread

  // `listener` is one that does not block; the porter does not own it.
  porter(std::size_t index, int listener, const limits& l, ledger& book, std::shared_ptr<const tls_context> tls);
  ~porter();

  // ---- other threads ----
  void start(taker next);
  void renew(std::shared_ptr<const tls_context> tls);
  void dismiss();  // nobody comes in any more, and who is still shaking hands is cut off
  void stop();     // waits for its end
  const fanout::tally& tally() const { return tally_; }

 private:
  struct guest {
    arrival who;
    std::optional<handshake> hands;
    std::int64_t until_ns = 0;
    bool writing = false;  // it is told when the socket takes bytes
    std::list<guest>::iterator self;
  };

  void run();
  void watch(bool door);
  int patience_ms() const;
  void let_in();
  void receive(wire::owned_fd socket, const sockaddr_storage& peer);
  void attend(guest& g);
  void part_with(guest& g);
  void end(guest& g, handshake_result how);
  void send_away_late(std::int64_t now_ns);
  void count(phase p, std::int64_t n) { tally_.sessions[static_cast<std::size_t>(p)].add(n); }

  const std::size_t index_;
  const int listener_;
  const limits& limits_;
  ledger& book_;
  std::mutex lock_;  // of the next one
  std::shared_ptr<const tls_context> tls_;
  taker next_;
  wire::owned_fd epoll_;
  wire::doorbell bell_;
  tls_wire wire_;
  std::list<guest> guests_;     // in the order in which they came, which is that of their deadlines
  std::int64_t closed_until_ns_ = 0;  // out of descriptors
  bool watching_ = false;             // the door
  fanout::tally tally_;
  std::atomic<bool> dismissed_{false};
  std::thread thread_;
};

}  // namespace tickcast::fanout
