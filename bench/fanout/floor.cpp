// The floor: what the kernel alone charges for the same bytes. The same market, schedule, subscriptions and flush windows as the
// servers that are measured, and nothing else: a client sends its symbols in one line, and gets lines of JSON.
//
// One thread. Each trade is written once, into a log; who asked for it gets four bytes, its place there. At a flush each touched client's lines are
// copied into one hot buffer, for one send(); with a certificate SSL_write makes one record of them, in a buffer all connections share.
// (To copy each line behind what is due for a client as it comes costs 0.3 µs a message more: most of that is cache misses.) Clients
// are flushed in the order in which they came, as their sockets lie in memory. There is no WebSocket, no HTTP, no limit, no snapshot, no
// heartbeat, and a client that does not read fills its memory.
#include "market.hpp"
#include "market_options.hpp"
#include "tls_pipe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bench;
using steady = std::chrono::steady_clock;

using options = bench::market_options;

struct client {
  client(int fd, SSL_CTX* context, tls_pipe::shared& buffers) : pipe(fd, context, buffers) {}

  tls_pipe pipe;
  std::string asked;            // the beginning of its line of symbols
  std::vector<std::uint32_t> symbols;
  bool ready = false;           // TLS is through
};

class server {
public:
  server(const options& what, SSL_CTX* context)
      : what_(what), context_(context), market_(what.symbols, what.prefix, what.seed), listeners_(what.symbols), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  void listen();
  void run();

private:
  void accept();
  bool hear(client& one);
  void command(client& one);
  void close(std::uint32_t number);
  void await(steady::time_point until);
  void make_tick(std::int64_t t_us);
  void flush();
  void watch(std::uint32_t number, int operation);

  const options what_;
  SSL_CTX* context_;
  market market_;
  std::vector<std::vector<std::uint32_t>> listeners_; // by symbol
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::vector<std::uint32_t>> due_; // by client: its lines since the last flush, as numbers of the log
  std::vector<std::uint32_t> free_, touched_;
  std::string log_, gathered_;
  std::vector<std::uint32_t> line_ends_{0};     // line i of the log goes from line_ends_[i] to line_ends_[i + 1]
  std::vector<char> received_ = std::vector<char>(64 * 1024);
  std::vector<char> plain_ = std::vector<char>(16 * 1024);
  std::string sending_;
  tls_pipe::shared buffers_{received_, sending_};
  int epoll_, listener_ = -1;
};

constexpr std::uint32_t the_listener = ~0u;

void server::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(what_.port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 4096) != 0) {
    std::perror("bench_floor: bind");
    std::exit(2);
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = the_listener;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  std::fprintf(stderr, "ready listen=127.0.0.1:%u\n", unsigned(ntohs(at.sin_port)));
}

void server::accept() {
  int fd;
  while ((fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (free_.empty()) {
      free_.push_back(std::uint32_t(clients_.size()));
      clients_.emplace_back();
      due_.emplace_back();
    }
    auto number = free_.back();
    free_.pop_back();
    clients_[number] = std::make_unique<client>(fd, context_, buffers_);
    watch(number, EPOLL_CTL_ADD);
  }
}

void server::watch(std::uint32_t number, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (clients_[number]->pipe.wants_write() ? std::uint32_t(EPOLLOUT) : 0u);
  event.data.u32 = number;
  ::epoll_ctl(epoll_, operation, clients_[number]->pipe.fd(), &event);
}

void server::close(std::uint32_t number) {
  auto& one = *clients_[number];
  for (auto symbol : one.symbols) std::erase(listeners_[symbol], number);
  if (!due_[number].empty()) std::erase(touched_, number);
  due_[number].clear();
  clients_[number].reset();
  free_.push_back(number);
}

// False: the connection is over.
bool server::hear(client& one) {
  if (!one.ready) {
    auto verdict = one.pipe.handshake();
    if (verdict == tls_pipe::verdict::again) return true;
    if (verdict != tls_pipe::verdict::open) return false;
    one.ready = true;
  }
  std::ptrdiff_t got;
  while ((got = one.pipe.read(plain_)) > 0) one.asked.append(plain_.data(), std::size_t(got));
  if (one.asked.ends_with('\n')) command(one);
  return got == 0;
}

// S00001 S00007 …, one line, once.
void server::command(client& one) {
  std::string_view line = one.asked;
  line.remove_suffix(1);
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < line.size();) {
    auto end = std::min(line.find(' ', at), line.size());
    if (end > at) names.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  auto answer = market_.acknowledge(names, one.symbols);
  one.pipe.write(answer + "\n");
  std::string().swap(one.asked);
}

void server::await(steady::time_point until) {
  std::array<epoll_event, 256> events;
  while (true) {
    auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - steady::now()).count();
    timespec timeout{0, std::max<long>(left, 0)};
    int ready = ::epoll_pwait2(epoll_, events.data(), int(events.size()), &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
      auto number = events[std::size_t(i)].data.u32;
      if (number == the_listener) {
        accept();
        continue;
      }
      auto& one = *clients_[number];
      auto happened = events[std::size_t(i)].events;
      bool alive = !(happened & EPOLLOUT) || one.pipe.flush();
      if (alive && (happened & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        auto verdict = one.pipe.fill();
        auto known = one.symbols.size();
        alive = verdict == tls_pipe::verdict::again || (verdict == tls_pipe::verdict::open && hear(one));
        for (; known < one.symbols.size(); ++known) listeners_[one.symbols[known]].push_back(number);
      }
      if (!alive) close(number);
      else if (happened & EPOLLOUT || one.pipe.wants_write()) watch(number, EPOLL_CTL_MOD);
    }
    if (left <= 0 || ready == 0) return;
  }
}

void server::make_tick(std::int64_t t_us) {
  auto symbol = market_.next();
  auto& listeners = listeners_[symbol];
  if (listeners.empty()) return;
  auto line = std::uint32_t(line_ends_.size() - 1);
  log_.append(market_.text(symbol, t_us)).push_back('\n');
  line_ends_.push_back(std::uint32_t(log_.size()));
  for (auto number : listeners) {
    auto& due = due_[number];
    if (due.empty()) touched_.push_back(number);
    due.push_back(line);
  }
}

void server::flush() {
  std::sort(touched_.begin(), touched_.end());
  for (auto number : touched_) {
    auto& due = due_[number];
    gathered_.clear();
    for (auto line : due) gathered_.append(log_, line_ends_[line], line_ends_[line + 1] - line_ends_[line]);
    due.clear();
    auto& pipe = clients_[number]->pipe;
    bool had = pipe.wants_write();
    pipe.write(gathered_); // what is broken is told by epoll
    if (!had && pipe.wants_write()) watch(number, EPOLL_CTL_MOD);
  }
  touched_.clear();
  log_.clear();
  line_ends_.resize(1);
}

void server::run() {
  schedule ticks(what_.rate);
  auto next = steady::now(), flush_at = next;
  while (true) {
    next += std::chrono::microseconds(what_.tick_us);
    await(next);
    const auto t_us = unix_us();
    for (auto due = ticks.due(); due > 0; --due) make_tick(t_us);
    if (steady::now() < flush_at) continue;
    flush();
    flush_at += std::chrono::microseconds(what_.flush_us);
  }
}

constexpr const char* usage = R"(bench_floor: sends the bytes of a fan-out and does nothing else, to compare with

  bench_floor [--cert FILE --key FILE] [--port P] [--symbols S] [--rate R] [--tick-us U] [--flush-us W] [--seed N] [--prefix X]

With a certificate: TLS 1.3; without: plain TCP. A client sends one line of symbols and gets lines of JSON: {"e":"subscribed",…}, then
trades. Ticks that are due are made every U microseconds (1000; less than a second), and flushed every W (0: at once). Port 0 (default): a free one.
Announces `ready listen=127.0.0.1:PORT` on standard error.
)";

SSL_CTX* make_context(const options& what) {
  if (what.certificate.empty()) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, what.certificate.c_str()) != 1 || SSL_CTX_use_PrivateKey_file(context, what.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    std::fprintf(stderr, "bench_floor: cannot read %s or %s\n", what.certificate.c_str(), what.key.c_str());
    std::exit(2);
  }
  return context;
}

} // namespace

int main(int argc, char** argv) {
  auto what = bench::read_options(argc, argv, "bench_floor", usage, {"--cert", "--key", "--flush-us"});
  what.tick_us = std::min(what.tick_us, 900'000u);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  std::signal(SIGINT, [](int) { std::_Exit(0); });
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  server one(what, make_context(what));
  one.listen();
  one.run();
}
