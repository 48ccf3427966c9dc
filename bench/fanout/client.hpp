// One connection of the load: connects, upgrades, subscribes, then reads whatever comes. Lives on one crowd's thread.
// A sampled client checks and times each trade; the others only count them, because their reading must cost less than the
// server's writing.
#pragma once

#include "plan.hpp"
#include "tally.hpp"
#include "tls_pipe.hpp"
#include "trade_check.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace bench {

std::int64_t clock_us();      // CLOCK_REALTIME: what the server stamps trades with
std::int64_t steady_us();

class client {
public:
  enum class state { connecting, shaking, upgrading, open, subscribing, subscribed, dead };

  // What all clients of one thread share.
  struct surroundings {
    const plan& what;
    SSL_CTX* context;
    tally& counts;
    std::span<char> received;  // encrypted
    std::span<char> decrypted;
  };

  client(surroundings& around, std::uint32_t index, bool sampled);

  void connect();              // may be dead afterwards, as after any of these
  void readable();
  void writable();
  void subscribe();
  void leave();                // WebSocket close, then the socket

  state at() const { return state_; }
  int fd() const { return pipe_->fd(); }
  bool wants_write() const { return state_ == state::connecting || (pipe_ && pipe_->wants_write()); }

private:
  void shake();
  void drain();
  void upgraded();
  void data(std::string_view payload, std::int64_t now_us);
  void message(std::string_view text, std::int64_t now_us);
  void fail(const std::string& why);

  surroundings& around_;
  std::uint32_t index_;
  state state_ = state::dead;
  std::unique_ptr<tls_pipe> pipe_;
  std::string pending_;        // the beginning of a frame or of the upgrade's answer, until the rest has come
  std::optional<trade_check> check_;
  std::int64_t started_us_ = 0;
};

} // namespace bench
