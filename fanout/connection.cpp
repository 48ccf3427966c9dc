#include "fanout/connection.hpp"

#include <spdlog/spdlog.h>

#include "fanout/http_front.hpp"
#include "fanout/rest.hpp"
#include "fanout/shard.hpp"
#include "fanout/upgrade.hpp"
#include "fanout/websocket.hpp"

namespace tickcast::fanout {
namespace {

constexpr std::int64_t linger_ns = 2'000'000'000;  // for the peer's FIN, once ours is out

}  // namespace

connection::connection(shard& home, commons& all, link::socket_type socket, agreement how, std::string address, bool refused)
    : home_(home), all_(all), link_(std::move(socket), std::move(how), home.tls_way(), all.tally),
      gate_(link_, *this, home.executor()), client_{std::move(address), {}}, refused_(refused) {
  all_.tally.sessions[static_cast<std::size_t>(phase_)].add();
}

connection::~connection() { all_.tally.sessions[static_cast<std::size_t>(phase_)].add(-1); }

void connection::enter(phase p) {
  all_.tally.sessions[static_cast<std::size_t>(phase_)].add(-1);
  phase_ = p;
  all_.tally.sessions[static_cast<std::size_t>(phase_)].add();
}

void connection::start() {
  deadline(mono_ns() + in_ns(all_.limits.header));
  if (link_.blocked()) gate_.await_writable();
  http_ = std::make_unique<http_front>(*this);
  http_->read();
}

void connection::upgraded(upgrade&& request) {
  if (const auto agent = request.request[boost::beast::http::field::user_agent]; !agent.empty())
    client_.user_agent = std::string{agent.substr(0, 80)};
  websocket_ = std::make_unique<websocket>(*this, std::move(request));
  http_.reset();
  websocket_->start();
}

void connection::answered(std::uint64_t ticket, rest_answer&& a) {
  if (phase_ == phase::http && http_) http_->answered(ticket, std::move(a));
}

boost::asio::io_context::executor_type connection::executor() { return home_.executor(); }

void connection::open() {
  enter(phase::websocket);
  deadline_ns_ = 0;
  all_.wheel.arm(*this, mono_ns() + 10'000'000);
  if (draining_) drain(retry_ms_, close_ns_);
}

void connection::deadline(std::int64_t at_ns) {
  deadline_ns_ = at_ns;
  all_.wheel.arm(*this, at_ns);
}

void connection::finish_by(std::int64_t at_ns) {
  if (phase_ == phase::closing) return;
  enter(phase::closing);
  deadline(at_ns);
}

void connection::finish() {
  if (gone_) return;
  if (phase_ != phase::closing) enter(phase::closing);
  linger();
}

// Closing a socket that has unread bytes resets it, and a reset can overtake what we sent last. So: FIN first, then
// read to the end, for a bounded time.
void connection::linger() {
  if (gone_ || std::exchange(finishing_, true)) return;
  if (phase_ != phase::closing) enter(phase::closing);
  link_.finish();
  if (link_.dead()) return terminate();
  if (link_.blocked()) gate_.await_writable();  // the goodbye itself found no room
  deadline(mono_ns() + linger_ns);
  drop_input();
}

void connection::drop_input() {
  char ignored[4096];
  std::size_t got = 0;
  for (int i = 0; i < 16; ++i) {
    const io result = link_.receive(ignored, got);
    if (result == io::again) break;
    if (result != io::done) return terminate();
  }
  link_.socket().async_wait(boost::asio::socket_base::wait_read,
                            [this, self = shared_from_this()](boost::system::error_code error) {
                              if (!error && !gone_) drop_input();
                            });
}

void connection::terminate() {
  if (std::exchange(gone_, true)) return;
  const auto self = shared_from_this();
  if (phase_ != phase::closing) enter(phase::closing);
  all_.wheel.disarm(*this);
  if (websocket_ && websocket_->talk()) websocket_->talk()->closing();
  gate_.abandon();
  boost::system::error_code ignored;
  link_.socket().close(ignored);
  home_.left(self);
}

void connection::drained() {
  if (gone_ || !websocket_ || !websocket_->talk() || phase_ != phase::websocket) return;
  websocket_->talk()->writable();
}

void connection::drain(std::int64_t retry_ms, std::int64_t close_ns) {
  draining_ = true;
  retry_ms_ = retry_ms;
  close_ns_ = close_ns;
  switch (phase_) {
    case phase::websocket:
      if (websocket_->talk()) websocket_->talk()->drain(retry_ms);
      if (phase_ == phase::websocket) all_.wheel.arm(*this, close_ns);
      break;
    case phase::http:
      // Between requests, or about to send one: it will find another server. An answer on its way is the last one.
      if (!websocket_ && !http_->busy()) terminate();
      break;
    default: break;  // a close is on its way
  }
}

void connection::due(std::int64_t now_ns) {
  const auto self = shared_from_this();
  if (phase_ != phase::websocket) {
    if (deadline_ns_ && now_ns < deadline_ns_) return deadline(deadline_ns_);
    if (phase_ == phase::http && http_) return http_->timed_out();
    return terminate();
  }
  if (draining_ && now_ns >= close_ns_) return websocket_->close(wire::close_code::going_away, "shutting down");
  conversation* talk = websocket_->talk();
  if (!talk) return;
  talk->tend(now_ns);
  if (phase_ != phase::websocket || gone_) return;
  std::int64_t next = talk->next_ns(now_ns);
  if (draining_) next = std::min(next, close_ns_);
  all_.wheel.arm(*this, next);
}

}  // namespace tickcast::fanout
