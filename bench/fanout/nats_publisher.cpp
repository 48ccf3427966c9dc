// Gives a nats-server the ticks that the other servers make for themselves: each trade is published under its symbol, all that are due
// in one write, each millisecond. A process of its own, so that the server's CPU is the server's alone. Not: a NATS client.
#include "market.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

struct options {
  std::uint16_t port = 4222;
  std::uint32_t symbols = 1000;
  double rate = 2000;
  std::uint32_t tick_us = 1000;
  std::uint64_t seed = 7;
  std::string prefix = "S";
};

constexpr const char* usage = R"(bench_nats_publisher: publishes simulated trades to a nats-server on this machine

  bench_nats_publisher [--port P] [--symbols S] [--rate R] [--tick-us U] [--seed N] [--prefix X]

Ticks that are due are published every U microseconds (1000), under their symbols. Ends when the server does.
)";

options read_options(int argc, char** argv) {
  options what;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--help") { std::fputs(usage, stdout); std::exit(0); }
    if (i + 1 == argc) { std::fprintf(stderr, "bench_nats_publisher: no value after %s\n", argv[i]); std::exit(2); }
    const char* value = argv[++i];
    if (name == "--port") what.port = std::uint16_t(std::atoi(value));
    else if (name == "--symbols") what.symbols = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--rate") what.rate = std::atof(value);
    else if (name == "--tick-us") what.tick_us = std::uint32_t(std::max(1, std::atoi(value)));
    else if (name == "--seed") what.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--prefix") what.prefix = value;
    else { std::fprintf(stderr, "bench_nats_publisher: no such option: %s\n", argv[i - 1]); std::exit(2); }
  }
  return what;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) std::exit(0); // the server has gone
    bytes.remove_prefix(std::size_t(sent));
  }
}

// The server asks from time to time whether anybody is there.
void answer_pings(int fd) {
  char text[4096];
  auto got = ::recv(fd, text, sizeof text, MSG_DONTWAIT);
  if (got == 0) std::exit(0);
  if (got > 0 && std::string_view(text, std::size_t(got)).find("PING\r\n") != std::string_view::npos) send_all(fd, "PONG\r\n");
}

} // namespace

int main(int argc, char** argv) {
  auto what = read_options(argc, argv);
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(what.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::perror("bench_nats_publisher: connect");
    return 2;
  }
  send_all(fd, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n");

  bench::market market(what.symbols, what.prefix, what.seed);
  bench::schedule ticks(what.rate);
  auto next = std::chrono::steady_clock::now();
  std::string batch;
  while (true) {
    next += std::chrono::microseconds(what.tick_us);
    std::this_thread::sleep_until(next);
    for (auto due = ticks.due(); due > 0; --due) {
      auto symbol = market.next();
      auto text = market.text(symbol, bench::unix_us());
      batch.append("PUB ").append(market.name(symbol)).append(" ").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
    }
    send_all(fd, batch);
    batch.clear();
    answer_pings(fd);
  }
}
