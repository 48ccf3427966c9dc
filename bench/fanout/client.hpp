// One connection of the load: connects, upgrades, subscribes, then reads whatever comes. Lives on one crowd's thread.
// A sampled client checks and times each trade; the others only count them, because their reading must cost less than the
// server's writing.
#pragma once

#include "dialect.hpp"
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

class client : private dialect::listener {
public:
  enum class state { connecting, shaking, upgrading, open, subscribing, subscribed, dead };

  // What all clients of one thread share.
  struct surroundings {
    const plan& what;
    SSL_CTX* context;
    tally& counts;
    tls_pipe::shared& buffers;
    std::span<char> decrypted;
  };

  client(surroundings& around, std::uint32_t index, bool sampled);

  void connect();              // may be dead afterwards, as after any of these
  void readable();
  void writable();
  void subscribe();
  void leave();                // WebSocket close, then the socket
  void drop();                 // the socket alone, as when a network goes away; connect() begins anew

  state at() const { return state_; }
  int fd() const { return pipe_->fd(); }
  bool wants_write() const { return state_ == state::connecting || (pipe_ && pipe_->wants_write()); }

private:
  void shake();
  void drain();
  void opened();
  bool upgrade(std::string_view& bytes);
  void frames(std::string_view& bytes);
  bool say(std::string_view text);
  void fail(const std::string& why);

  bool sampled() const override { return check_.has_value(); }
  void counted(std::uint64_t trades, std::size_t bytes) override;
  void trade(std::string_view text) override { check_->trade(text, now_us_, around_.counts); }
  void subscribed(std::string_view answer) override;
  void told(std::string_view kind, std::string_view text) override;
  void broken(const std::string& why) override { fail(why); }
  void answer(std::string_view text) override { say(text); }

  surroundings& around_;
  std::uint32_t index_;
  state state_ = state::dead;
  std::unique_ptr<tls_pipe> pipe_;
  std::unique_ptr<dialect> speaks_;
  std::string pending_;        // the beginning of a frame or of the upgrade's answer, until the rest has come
  std::optional<trade_check> check_;
  std::int64_t started_us_ = 0;
  std::int64_t now_us_ = 0;    // of the read at work; sampled only
};

} // namespace bench
