#pragma once
// One TCP connection on its shard, from the end of its handshake to its close: HTTP requests, and the upgrade that turns it
// into a WebSocket with a conversation. It owns all of these, keeps their deadlines on the shard's wheel, and lingers at the end so that
// the last bytes arrive.
#include <memory>
#include <string>

#include "fanout/commons.hpp"
#include "fanout/gate.hpp"
#include "fanout/link.hpp"
#include "fanout/transport.hpp"
#include "fanout/wheel.hpp"

namespace tickcast::fanout {

class http_front;
class websocket;
class shard;
struct rest_answer;
struct upgrade;

class connection final : public std::enable_shared_from_this<connection>, public gatekeeper, private wheel::timer {
 public:
  connection(shard& home, commons& all, link::socket_type socket, agreement how, std::string address, bool refused);
  ~connection();

  void start();
  void drain(std::int64_t retry_ms, std::int64_t close_ns);

  // ---- for http_front and websocket ----
  void upgraded(upgrade&& request);  // to a WebSocket
  void open();                       // the WebSocket is up
  void finish();                     // nothing more is to be said: close_notify, FIN, linger
  void finish_by(std::int64_t at_ns);  // the latest
  void terminate();                  // at once
  void deadline(std::int64_t at_ns);
  commons& all() { return all_; }
  gate& way() { return gate_; }
  link& bytes() { return link_; }
  fanout::client& client() { return client_; }
  bool refused() const { return refused_; }   // one too many: it is told so, and closed
  bool draining() const { return draining_; }
  bool over() const { return phase_ == phase::closing; }

  void answered(std::uint64_t ticket, rest_answer&& a);  // what http_front has asked for
  boost::asio::io_context::executor_type executor();

  // ---- gatekeeper ----
  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void drained() override;
  void lost() override { terminate(); }

 private:
  void due(std::int64_t now_ns) override;
  void enter(phase p);
  void linger();
  void drop_input();

  shard& home_;
  commons& all_;
  link link_;
  gate gate_;
  fanout::client client_;
  phase phase_ = phase::http;
  const bool refused_;
  bool draining_ = false, gone_ = false, finishing_ = false;
  std::int64_t retry_ms_ = 0;
  std::int64_t deadline_ns_ = 0;  // of the phase; 0: none
  std::int64_t close_ns_ = 0;     // when draining: its slot
  std::unique_ptr<http_front> http_;
  std::unique_ptr<websocket> websocket_;
};

}  // namespace tickcast::fanout
