#include "server_probe.hpp"

#include "client.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace bench {
namespace {

struct stat_line {
  std::string name;
  double user_s = 0, system_s = 0;
};

// The name stands in parentheses and may hold anything, so the figures are counted from the last one.
stat_line read_stat(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line((std::istreambuf_iterator<char>(file)), {});
  auto open = line.find('('), close = line.rfind(')');
  if (open == line.npos || close == line.npos) return {};
  stat_line result;
  result.name = line.substr(open + 1, close - open - 1);
  std::istringstream rest(line.substr(close + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  std::uint64_t user = 0, system = 0;
  rest >> user >> system;
  const double per_second = double(::sysconf(_SC_CLK_TCK));
  result.user_s = double(user) / per_second;
  result.system_s = double(system) / per_second;
  return result;
}

// smaps_rollup walks the page tables, which is exact; the kernel's running counters are not, by up to some hundred pages.
std::uint64_t read_rss_kb(const std::string& proc) {
  std::ifstream file(proc + "/smaps_rollup");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("Rss:")) return std::stoull(line.substr(4));
  return 0;
}

double read_cpu_s(int pid) {
  clockid_t clock;
  timespec t;
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return 0;
  return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

std::uint64_t read_kernel_kb() {
  std::uint64_t slab_kb = 0, pages = 0;
  std::ifstream memory("/proc/meminfo"), sockets("/proc/net/sockstat");
  std::string line;
  while (std::getline(memory, line))
    if (line.starts_with("Slab:")) slab_kb = std::stoull(line.substr(5));
  while (std::getline(sockets, line)) {
    auto at = line.find(" mem ");
    if (line.starts_with("TCP:") && at != line.npos) pages = std::stoull(line.substr(at + 5));
  }
  return slab_kb + pages * std::uint64_t(::sysconf(_SC_PAGESIZE)) / 1024;
}

} // namespace

server_probe server_probe::of(int pid) {
  server_probe probe;
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  probe.own_cpu_s = double(own.ru_utime.tv_sec + own.ru_stime.tv_sec) + double(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
  probe.at_us = steady_us();
  probe.kernel_kb = read_kernel_kb();
  if (pid == 0) return probe;
  auto proc = "/proc/" + std::to_string(pid);
  auto whole = read_stat(proc + "/stat");
  probe.cpu_s = read_cpu_s(pid);
  probe.user_s = whole.user_s;
  probe.system_s = whole.system_s;
  std::error_code gone;
  for (auto& task : std::filesystem::directory_iterator(proc + "/task", gone)) {
    auto name = read_stat(task.path() / "stat").name;
    std::ifstream schedstat(task.path() / "schedstat"); // nanoseconds on a CPU: finer than stat
    double ns = 0;
    if (schedstat >> ns) probe.thread_cpu_s[name] += ns / 1e9;
  }
  probe.rss_kb = read_rss_kb(proc);
  return probe;
}

} // namespace bench
