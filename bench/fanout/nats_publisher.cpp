// Gives a nats-server the ticks that the other servers make for themselves: each trade is published under its symbol, all that are due
// in one write, each millisecond. A process of its own, so that the server's CPU is the server's alone. Not: a NATS client.
#include "market.hpp"
#include "market_options.hpp"

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

constexpr const char* usage = R"(bench_nats_publisher: publishes simulated trades to a nats-server on this machine

  bench_nats_publisher [--port P] [--symbols S] [--rate R] [--tick-us U] [--seed N] [--prefix X]

Ticks that are due are published every U microseconds (1000), under their symbols. Ends when the server does.
)";

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
  auto what = bench::read_options(argc, argv, "bench_nats_publisher", usage, {}, {.port = 4222});
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
    const auto t_us = bench::unix_us();
    for (auto due = ticks.due(); due > 0; --due) {
      auto symbol = market.next();
      auto text = market.text(symbol, t_us);
      batch.append("PUB ").append(market.name(symbol)).append(" ").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
    }
    send_all(fd, batch);
    batch.clear();
    answer_pings(fd);
  }
}
