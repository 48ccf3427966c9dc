// What the kernel charges for one small send() to each of many connections in turn: the part of a delivery that no server
// can save. By system call, or by io_uring in batches, with a congestion control of choice; the readers sleep between two
// rounds, so nobody is woken. Prints µs of the sending thread's CPU for each send, one line a way, rounds interleaved.
//
//   bench_send [connections] [bytes] [rounds]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if __has_include(<liburing.h>)
#include <liburing.h>
#define HAS_URING 1
#endif

namespace {

constexpr std::size_t burst = 40;  // sends between two pauses, as when a tick has so many listeners
constexpr std::chrono::milliseconds pause{1};
constexpr std::chrono::seconds round_length{2};

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

double thread_cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

void stay_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::max(1u, std::thread::hardware_concurrency()), &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

struct pairs {
  explicit pairs(std::size_t count, const std::string& congestion) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, congestion.data(), socklen_t(congestion.size())) != 0) fail(congestion);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener, 4096) != 0) fail("listen");
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    for (std::size_t i = 0; i < count; ++i) {
      const int reader = ::socket(AF_INET, SOCK_STREAM, 0);
      if (::connect(reader, reinterpret_cast<sockaddr*>(&at), size) != 0) fail("connect");
      const int sender = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (sender < 0) fail("accept");
      const int on = 1;
      ::setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::fcntl(reader, F_SETFL, O_NONBLOCK);
      readers.push_back(reader);
      senders.push_back(sender);
    }
    ::close(listener);
    std::shuffle(senders.begin(), senders.end(), std::mt19937{1});
  }
  ~pairs() {
    for (const auto* all : {&senders, &readers})
      for (int fd : *all) ::close(fd);
  }
  pairs(const pairs&) = delete;

  void read_all() const {
    std::vector<char> into(1 << 16);
    for (int fd : readers)
      while (::recv(fd, into.data(), into.size(), 0) == ssize_t(into.size())) {
      }
  }

  std::vector<int> senders, readers;
};

// Sends `bytes` to each of `to`; false: one of them failed.
bool by_system_calls(const std::vector<int>& to, const std::vector<char>& bytes) {
  bool good = true;
  for (int fd : to) good &= ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size());
  return good;
}

#if HAS_URING
bool by_uring(io_uring& ring, const std::vector<int>& to, const std::vector<char>& bytes) {
  for (int fd : to) io_uring_prep_send(io_uring_get_sqe(&ring), fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  io_uring_submit_and_wait(&ring, unsigned(to.size()));
  bool good = true;
  io_uring_cqe* done = nullptr;
  unsigned head = 0, count = 0;
  io_uring_for_each_cqe(&ring, head, done) {
    good &= done->res == int(bytes.size());
    ++count;
  }
  io_uring_cq_advance(&ring, count);
  return good;
}
#endif

// µs of CPU for each send.
template <class Send>
double measure(const std::string& congestion, std::size_t connections, std::size_t bytes, Send send) {
  const pairs all{connections, congestion};
  const std::vector<char> message(bytes, 'x');
  std::atomic<bool> over{false};
  std::thread reading{[&] {
    stay_on(1);
    for (; !over; std::this_thread::sleep_for(std::chrono::microseconds{500})) all.read_all();
  }};
  double used = 0;
  std::size_t sent = 0, at = 0;
  std::vector<int> to;
  bool good = true;
  for (const auto end = std::chrono::steady_clock::now() + round_length; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(pause)) {
    to.clear();
    while (to.size() < burst) to.push_back(all.senders[at++ % connections]);
    const double before = thread_cpu_s();
    good &= send(to, message);
    used += thread_cpu_s() - before;
    sent += to.size();
  }
  over = true;
  reading.join();
  if (!good) throw std::runtime_error("a send failed: the readers did not keep up");
  return used / double(sent) * 1e6;
}

}  // namespace

int main(int count, char** words) try {
  const auto number = [&](int at, std::size_t otherwise) { return count > at ? std::strtoul(words[at], nullptr, 10) : otherwise; };
  const std::size_t connections = number(1, 1000), bytes = number(2, 140), rounds = number(3, 3);
  if (!connections || !bytes || !rounds) throw std::runtime_error("usage: bench_send [connections] [bytes] [rounds], each at least 1");
  stay_on(0);
  struct row {
    std::string name, congestion;
    bool uring = false;
    std::vector<double> found{};
  };
  std::vector<row> rows{{"send, reno", "reno"}, {"send, cubic", "cubic"}, {"send, bbr", "bbr"}};
#if HAS_URING
  rows.push_back({"io_uring, reno", "reno", true});
  io_uring ring;
  if (io_uring_queue_init(1024, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN) != 0) rows.pop_back();
#endif
  for (std::size_t round = 0; round < rounds; ++round)
    for (row& r : rows) {
      try {
        r.found.push_back(measure(r.congestion, connections, bytes, [&](const auto& to, const auto& message) {
#if HAS_URING
          if (r.uring) return by_uring(ring, to, message);
#endif
          return by_system_calls(to, message);
        }));
      } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", r.name.c_str(), e.what());
      }
    }
  std::printf("%zu connections, %zu bytes: µs of CPU a send, median (least–most) of %zu rounds\n", connections, bytes, rounds);
  for (row& r : rows) {
    if (r.found.empty()) continue;
    std::sort(r.found.begin(), r.found.end());
    std::printf("%-16s %.2f (%.2f–%.2f)\n", r.name.c_str(), r.found[r.found.size() / 2], r.found.front(), r.found.back());
  }
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_send: %s\n", e.what());
  return 1;
}
