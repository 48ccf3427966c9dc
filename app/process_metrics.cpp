#include "app/process_metrics.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tickcast::app {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// The part of proc_pid_stat(5) that is wanted, by the page's own names.
struct process_stat {
  std::string comm;
  double utime_s = 0, stime_s = 0, starttime_s = 0;
  double vsize = 0, rss = 0;

  double cpu_s() const { return utime_s + stime_s; }
};

double seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

process_stat read_stat(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::ostringstream all;
  all << in.rdbuf();
  const std::string text = all.str();
  process_stat out;
  const std::size_t open = text.find('('), end = text.rfind(')');  // a name may hold anything, parentheses too
  if (open == text.npos || end == text.npos) return out;           // the thread has ended in the meantime
  out.comm = text.substr(open + 1, end - open - 1);
  std::istringstream rest{text.substr(end + 1)};
  std::string state;
  std::array<double, 22> field{};  // from the fourth of the page to rss, the twenty-fourth
  rest >> state;
  for (std::size_t i = 4; i <= 24 && rest >> field[i - 4];) ++i;
  const auto at = [&field](std::size_t number) { return field[number - 4]; };
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.utime_s = at(14) / ticks;
  out.stime_s = at(15) / ticks;
  out.starttime_s = at(22) / ticks;  // since the machine's
  out.vsize = at(23);
  out.rss = at(24) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return out;
}

// Newer kernels give the number as the directory's size; asking for each of thousands by name takes milliseconds.
double open_descriptors() {
  struct stat directory {};
  if (::stat("/proc/self/fd", &directory) == 0 && directory.st_size > 0) return static_cast<double>(directory.st_size);
  double count = 0;
  std::error_code ignored;
  for (auto entry = std::filesystem::directory_iterator{"/proc/self/fd", ignored}; entry != std::filesystem::directory_iterator{};
       entry.increment(ignored))
    ++count;
  return count > 0 ? count - 1 : 0;  // without the one it is read by
}

class process_metrics final : public prometheus::Collectable {
 public:
  std::vector<MetricFamily> Collect() const override {
    const process_stat all = read_stat("/proc/self/stat");
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    std::vector<MetricFamily> out;
    const auto add = [&out](const char* name, const char* help, MetricType type, double value) {
      ClientMetric metric;
      (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
      out.push_back({name, help, type, {std::move(metric)}});
    };
    add("process_start_time_seconds", "When the process started, in seconds since the Unix epoch.", MetricType::Gauge, started_);
    add("process_cpu_seconds_total", "CPU time used, user and system.", MetricType::Counter, all.cpu_s());
    add("process_resident_memory_bytes", "Memory in use.", MetricType::Gauge, all.rss);
    add("process_virtual_memory_bytes", "Address space in use.", MetricType::Gauge, all.vsize);
    add("process_open_fds", "Open descriptors; each connection is one.", MetricType::Gauge, open_descriptors());
    add("process_max_fds", "Descriptors that may be open.", MetricType::Gauge, static_cast<double>(descriptors.rlim_cur));
    out.push_back(threads());
    return out;
  }

 private:
  // Wherever a shard or the ingest thread has used up its processor, that is the bottleneck, however idle the others are.
  MetricFamily threads() const {
    std::map<std::string, double> by_name;
    std::error_code ignored;
    for (auto entry = std::filesystem::directory_iterator{"/proc/self/task", ignored}; entry != std::filesystem::directory_iterator{};
         entry.increment(ignored)) {
      const process_stat thread = read_stat(entry->path() / "stat");
      if (thread.comm.empty()) continue;
      by_name[entry->path().filename() == main_ ? "main" : thread.comm] += thread.cpu_s();
    }
    MetricFamily out{"tickcast_thread_cpu_seconds_total", "CPU time used by each thread, user and system.", MetricType::Counter, {}};
    for (const auto& [name, used] : by_name) {
      ClientMetric& metric = out.metric.emplace_back();
      metric.label = {{"thread", name}};
      metric.counter.value = used;
    }
    return out;
  }

  const std::string main_ = std::to_string(::getpid());
  // Told once: from scrape to scrape the clocks' difference would move it.
  const double started_ = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) + read_stat("/proc/self/stat").starttime_s;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_process_metrics() { return std::make_shared<process_metrics>(); }

}  // namespace tickcast::app
