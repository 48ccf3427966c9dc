// A part of the clients, and the one thread and epoll that read them. The campaign (load.cpp) moves it from phase to phase; it
// answers with how far it has come, and with its tallies as they stood at both edges of the window.
//
// Why a nap: a reader asleep in epoll_wait() is woken by the server's send(), and over loopback the server's CPU pays for that (on a
// virtual machine several microseconds if the other CPU is idle). Clients elsewhere cost a server nothing of the kind. So those
// that are only counted are read at intervals by the clock, and only the timed ones at once.
//
// The timed ones connect and subscribe in step with the counted: a server that serves clients in the order of their coming would
// else always serve them first, and what they see would not be what clients see.
#pragma once

#include "client.hpp"
#include "plan.hpp"
#include "tally.hpp"

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace bench {

class crowd {
public:
  enum class phase : int { connect, idle, subscribe, warm_up, window, storm, over };

  // Every `step`th client from `first` to before `end`; while reading it naps for nap_us between two looks.
  struct share {
    std::uint32_t first, end, step;
    bool sampled;
    std::uint32_t nap_us;
    // How many of these may have begun to connect, or to subscribe, by now; empty: all.
    std::function<std::uint32_t(phase)> pace = {};
  };

  crowd(const plan& what, SSL_CTX* context, share part);
  ~crowd();

  void enter(phase next);      // from any thread; returns at once
  void join() { thread_.join(); }
  std::uint64_t heard() const { return heard_.load(std::memory_order_relaxed); }
  phase at() const { return at_.load(std::memory_order_acquire); }

  std::uint32_t size() const { return size_; }
  std::uint32_t begun(phase what) const { return what == phase::subscribe ? asked_ : started_; }
  std::uint32_t opened() const { return opened_.load(std::memory_order_relaxed); }
  std::uint32_t subscribed() const { return subscribed_.load(std::memory_order_relaxed); }
  std::uint32_t dead() const { return dead_.load(std::memory_order_relaxed); }

  // After join().
  const tally& at_start() const { return at_start_; }
  const tally& at_end() const { return at_end_; }
  const tally& final() const { return counts_; }
  const latency& stayed() const { return stayed_; } // sampled: tick to client while the storm lasted
  const latency& back() const { return back_; }     // counted: from the storm's beginning until subscribed again
  bool first() const { return first_; }             // this thread goes before the others

private:
  void run();
  void turn_to(phase next);
  int await(epoll_event* events, int room);
  std::uint32_t allowed() const { return part_.pace ? part_.pace(phase_) : size_; }
  void more_connections();
  void more_subscriptions();
  void drop_all();
  void watch(client& one, bool added);
  void took_part(client& one, client::state before);

  const plan& what_;
  const share part_;
  std::uint32_t size_;
  std::uint32_t at_once_;
  int epoll_;
  int wake_;
  std::atomic<phase> wanted_{phase::connect};
  phase phase_ = phase::connect;
  std::atomic<std::uint64_t> heard_{0}; // messages so far
  std::atomic<phase> at_{phase::connect};
  std::atomic<std::uint32_t> opened_{0}, subscribed_{0}, dead_{0};
  std::atomic<std::uint32_t> started_{0}, asked_{0};
  tally counts_, at_start_, at_end_;
  latency stayed_, back_;
  std::int64_t storm_us_ = 0;
  bool first_ = false;
  std::vector<char> received_, decrypted_;
  std::string sending_;
  tls_pipe::shared buffers_{received_, sending_};
  client::surroundings around_;
  std::vector<client> clients_;
  std::vector<bool> watching_write_;
  std::thread thread_;
};

} // namespace bench
