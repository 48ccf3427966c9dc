#include "fanout/porter.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "fanout/clock.hpp"

namespace tickcast::fanout {
namespace {

// Connections beyond the limit that are kept just long enough to be told so.
constexpr std::size_t refusals_max = 256;
constexpr int welcomes_at_once = 8;  // then those who wait for a step get theirs
constexpr std::int64_t pause_ns = 100'000'000;

struct peer_name {
  std::string host, all;
};

peer_name name_of(const sockaddr_storage& peer) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (peer.ss_family == AF_INET6) {
    const auto& at = reinterpret_cast<const sockaddr_in6&>(peer);
    ::inet_ntop(AF_INET6, &at.sin6_addr, text, sizeof text);
    return {text, fmt::format("[{}]:{}", text, ntohs(at.sin6_port))};
  }
  const auto& at = reinterpret_cast<const sockaddr_in&>(peer);
  ::inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
  return {text, fmt::format("{}:{}", text, ntohs(at.sin_port))};
}

void set_options(int fd, const limits& l) {
  const auto set = [fd](int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);  // we coalesce ourselves
  if (l.notsent_lowat > 0) set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, l.notsent_lowat);
  if (l.send_buffer_bytes > 0) set(SOL_SOCKET, SO_SNDBUF, l.send_buffer_bytes);
}

// Behind the shards, but not behind whatever else runs on the machine: with SCHED_IDLE a busy neighbour would keep everybody out.
void step_back() {
  constexpr int niceness = 10;
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness) != 0)
    spdlog::warn("porters have no lower priority than shards: {}", std::strerror(errno));
}

}  // namespace

porter::porter(std::size_t index, int listener, const limits& l, ledger& book, std::shared_ptr<const tls_context> tls)
    : index_(index), listener_(listener), limits_(l), book_(book), tls_(std::move(tls)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  epoll_event event{EPOLLIN, {&bell_}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.fd(), &event);
}

porter::~porter() {
  dismiss();
  stop();
}

// ---- from other threads ----

void porter::start(taker next) {
  next_ = std::move(next);
  thread_ = std::thread{[this] {
    ::pthread_setname_np(::pthread_self(), fmt::format("porter-{}", index_).c_str());
    step_back();
    run();
  }};
}

void porter::renew(std::shared_ptr<const tls_context> tls) {
  const std::lock_guard guard{lock_};
  tls_ = std::move(tls);
}

void porter::dismiss() {
  dismissed_ = true;
  bell_.ring();
}

void porter::stop() {
  if (thread_.joinable()) thread_.join();
}

// ---- its own thread ----

void porter::run() {
  bell_.doze();  // for good: it is rung once
  std::array<epoll_event, 64> events;
  while (!dismissed_.load(std::memory_order_relaxed)) {
    watch(mono_ns() >= closed_until_ns_);
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms());
    for (int i = 0; i < ready; ++i) {
      void* const whom = events[static_cast<std::size_t>(i)].data.ptr;
      if (whom == this) {
        let_in();
      } else if (whom != &bell_) {
        attend(*static_cast<guest*>(whom));
      }
      // A scheduler may let us finish our slice, some milliseconds, though a shard has woken: it waits for a step at most.
      ::sched_yield();
    }
    send_away_late(mono_ns());
  }
  watch(false);
  while (!guests_.empty()) end(guests_.front(), handshake_result::closed);
}

// The door: as it cannot be had in another way together with EPOLLEXCLUSIVE, watched or not at all.
void porter::watch(bool door) {
  if (door == watching_) return;
  epoll_event event{EPOLLIN | EPOLLEXCLUSIVE, {this}};  // one porter is woken, not all
  ::epoll_ctl(epoll_.get(), door ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_, &event);
  watching_ = door;
}

int porter::patience_ms() const {
  std::int64_t next = guests_.empty() ? 0 : guests_.front().until_ns;
  if (!watching_) next = next ? std::min(next, closed_until_ns_) : closed_until_ns_;
  return next ? static_cast<int>(std::clamp<std::int64_t>((next - mono_ns()) / 1'000'000 + 1, 0, 60'000)) : -1;
}

void porter::let_in() {
  for (int i = 0; i < welcomes_at_once; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    wire::owned_fd socket{::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (socket.get() >= 0) {
      receive(std::move(socket), peer);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || dismissed_.load(std::memory_order_relaxed)) return;
    // Out of descriptors or memory: those who wait keep their place in the kernel's queue.
    spdlog::error("cannot accept connections: {}; trying again in 100 ms", std::strerror(errno));
    closed_until_ns_ = mono_ns() + pause_ns;
    return;
  }
}

void porter::receive(wire::owned_fd socket, const sockaddr_storage& peer) {
  auto [host, address] = name_of(peer);
  const auto now = book_.enter(host);
  const std::size_t per_address = limits_.max_connections_per_address;
  const bool refused = now.all > limits_.max_connections || (per_address && now.from_address > per_address);
  if (now.all > limits_.max_connections + refusals_max) return book_.leave(host);  // not even that
  set_options(socket.get(), limits_);
  arrival who{std::move(socket), peer.ss_family == AF_INET6, std::move(address), std::move(host), refused, {}};
  std::shared_ptr<const tls_context> tls;
  {
    const std::lock_guard guard{lock_};
    tls = tls_;
  }
  if (!tls) return next_(std::move(who));
  ssl_ptr ssl = tls->accept(wire_);
  if (!ssl) return book_.leave(who.host);
  guest& g = guests_.emplace_back();
  g.self = std::prev(guests_.end());
  g.who = std::move(who);
  g.hands.emplace(g.who.socket.get(), std::move(ssl), wire_, tally_.wire_bytes_out);
  g.until_ns = mono_ns() + in_ns(limits_.handshake);
  epoll_event event{EPOLLIN, {&g}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, g.who.socket.get(), &event);
  count(phase::handshake, 1);
}

void porter::attend(guest& g) {
  const io result = g.hands->step();
  if (result == io::closed) return end(g, g.hands->why());
  if (result == io::again) {
    if (g.writing == g.hands->blocked()) return;
    g.writing = g.hands->blocked();
    epoll_event event{g.writing ? EPOLLIN | EPOLLOUT : EPOLLIN, {&g}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, g.who.socket.get(), &event);
    return;
  }
  if (result == io::failed)
    spdlog::debug("handshake with {} failed: {}", g.who.address, handshake_names[static_cast<std::size_t>(g.hands->why())]);
  tally_.handshakes[static_cast<std::size_t>(g.hands->why())].add();
  g.who.terms = g.hands->agreed();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, g.who.socket.get(), nullptr);
  arrival who = std::move(g.who);
  part_with(g);
  next_(std::move(who));
}

void porter::part_with(guest& g) {
  count(phase::handshake, -1);
  guests_.erase(g.self);
}

void porter::end(guest& g, handshake_result how) {
  tally_.handshakes[static_cast<std::size_t>(how)].add();
  book_.leave(g.who.host);
  part_with(g);
}

void porter::send_away_late(std::int64_t now_ns) {
  while (!guests_.empty() && guests_.front().until_ns <= now_ns) end(guests_.front(), handshake_result::timeout);
}

}  // namespace tickcast::fanout
