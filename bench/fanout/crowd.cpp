#include "crowd.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bench {

crowd::crowd(const plan& what, SSL_CTX* context, share part)
    : what_(what), part_(part), size_((part.end - part.first + part.step - 1) / part.step),
      at_once_(std::max<std::uint32_t>(1, std::uint32_t(std::uint64_t(what.connecting) * size_ / what.clients))), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), received_(64 * 1024), decrypted_(16 * 1024),
      around_{what, context, counts_, buffers_, decrypted_}, watching_write_(size_) {
  clients_.reserve(size_);
  for (std::uint32_t number = part.first; number < part.end; number += part.step) clients_.emplace_back(around_, number, part.sampled);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = size_;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  thread_ = std::thread([this] { run(); });
}

crowd::~crowd() {
  ::close(wake_);
  ::close(epoll_);
}

void crowd::enter(phase next) {
  wanted_.store(next, std::memory_order_release);
  std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) != sizeof one) std::abort(); // an eventfd takes 2^64-2 of them
}

void crowd::run() {
  // The timed clients must not wait for the thread that counts: on a small machine both have one CPU.
  sched_param priority{};
  priority.sched_priority = 1;
  first_ = part_.sampled && ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority) == 0;
  std::array<epoll_event, 256> events;
  while (phase_ != phase::over) {
    more_connections();
    more_subscriptions();
    int ready = await(events.data(), int(events.size()));
    for (int i = 0; i < ready; ++i) {
      auto number = events[std::size_t(i)].data.u32;
      if (number == size_) {
        std::uint64_t drained;
        if (::read(wake_, &drained, sizeof drained) < 0 && errno != EAGAIN) std::abort();
        continue;
      }
      client& one = clients_[number];
      auto before = one.at();
      auto what = events[std::size_t(i)].events;
      if (before != client::state::dead && (what & (EPOLLOUT | EPOLLERR | EPOLLHUP)) && one.wants_write()) one.writable();
      if (one.at() != client::state::dead && one.at() != client::state::connecting && (what & (EPOLLIN | EPOLLHUP | EPOLLERR))) one.readable();
      took_part(one, before);
      if (one.at() != client::state::dead) watch(one, true);
    }
    heard_.store(counts_.messages, std::memory_order_relaxed);
    if (auto next = wanted_.load(std::memory_order_acquire); next != phase_) turn_to(next);
  }
}

int crowd::await(epoll_event* events, int room) {
  bool by_the_clock = part_.nap_us > 0 && (phase_ == phase::warm_up || phase_ == phase::window);
  bool paced = part_.pace && begun(phase_) < size_;
  if (!by_the_clock) return ::epoll_wait(epoll_, events, room, paced ? 1 : 1000);
  int ready = ::epoll_wait(epoll_, events, room, 0);
  if (ready == 0) ::usleep(part_.nap_us); // nothing left: everybody was read
  return ready;
}

void crowd::more_connections() {
  if (phase_ != phase::connect && phase_ != phase::storm) return;
  while (started_ < allowed() && started_ - opened() - dead() < at_once_) {
    client& one = clients_[started_++];
    one.connect();
    if (one.at() == client::state::dead) dead_.store(dead() + 1, std::memory_order_relaxed);
    else watch(one, false);
  }
}

void crowd::more_subscriptions() {
  if (phase_ != phase::subscribe) return;
  while (asked_ < allowed()) {
    client& one = clients_[asked_++];
    if (one.at() != client::state::open) continue;
    one.subscribe();
    took_part(one, client::state::open);
    if (one.at() != client::state::dead) watch(one, true);
  }
}

// Level-triggered; asks for writability only while something waits for it.
void crowd::watch(client& one, bool added) {
  auto number = std::size_t(&one - clients_.data());
  bool write = one.wants_write();
  if (added && watching_write_[number] == write) return;
  epoll_event event{};
  event.events = EPOLLIN | (write ? std::uint32_t(EPOLLOUT) : 0u);
  event.data.u32 = std::uint32_t(number);
  if (::epoll_ctl(epoll_, added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, one.fd(), &event) != 0) {
    std::perror("bench_load: epoll_ctl");
    std::exit(1);
  }
  watching_write_[number] = write;
}

void crowd::took_part(client& one, client::state before) {
  if (one.at() == before) return;
  using state = client::state;
  if (phase_ == phase::storm && !part_.sampled) {
    if (one.at() == state::open) one.subscribe();
    if (one.at() == state::subscribed) back_.add(steady_us() - storm_us_);
  }
  if (before < state::open && one.at() >= state::open && one.at() != state::dead) opened_.store(opened() + 1, std::memory_order_relaxed);
  if (before != state::subscribed && one.at() == state::subscribed) subscribed_.store(subscribed_.load() + 1, std::memory_order_relaxed);
  if (one.at() == state::dead) {
    // Whoever dies after opening is no longer counted as open, so that opened + dead is never more than there are.
    if (before >= state::open) opened_.store(opened() - 1, std::memory_order_relaxed);
    if (before == state::subscribed) subscribed_.store(subscribed_.load() - 1, std::memory_order_relaxed);
    dead_.store(dead() + 1, std::memory_order_relaxed);
  }
}

void crowd::turn_to(phase next) {
  auto was = std::exchange(phase_, next);
  switch (next) {
  case phase::window:
    counts_.tick_to_client = {};
    at_start_ = counts_;
    break;
  case phase::storm:
    at_end_ = counts_;
    counts_.tick_to_client = {};
    if (!part_.sampled) drop_all();
    break;
  case phase::over:
    if (was == phase::storm) stayed_ = counts_.tick_to_client;
    else at_end_ = counts_;
    for (auto& one : clients_) one.leave();
    break;
  default: break;
  }
  at_.store(next, std::memory_order_release);
}

void crowd::drop_all() {
  for (auto& one : clients_) one.drop();
  started_ = 0;
  opened_.store(0, std::memory_order_relaxed);
  subscribed_.store(0, std::memory_order_relaxed);
  dead_.store(0, std::memory_order_relaxed);
  storm_us_ = steady_us();
}

} // namespace bench
