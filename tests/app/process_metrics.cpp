#include "app/process_metrics.hpp"

#include <atomic>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tickcast::app {
namespace {

class ProcessMetrics : public testing::Test {
 protected:
  // The value of the only series of this name, or of the one with this label.
  double value(const std::string& name, const std::string& label = {}) const {
    for (const prometheus::MetricFamily& f : metrics_->Collect())
      if (f.name == name)
        for (const prometheus::ClientMetric& m : f.metric)
          if (label.empty() || m.label.front().value == label)
            return f.type == prometheus::MetricType::Counter ? m.counter.value : m.gauge.value;
    return -1;
  }
  static void burn(clockid_t clock, double seconds) {
    timespec from{}, now{};
    ::clock_gettime(clock, &from);
    do ::clock_gettime(clock, &now);
    while (static_cast<double>(now.tv_sec - from.tv_sec) + static_cast<double>(now.tv_nsec - from.tv_nsec) / 1e9 < seconds);
  }

  const std::shared_ptr<prometheus::Collectable> metrics_ = make_process_metrics();
};

TEST_F(ProcessMetrics, CountDescriptorsAndTheirLimit) {
  const double before = value("process_open_fds");
  std::vector<int> opened;
  for (int i = 0; i < 10; ++i) opened.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(value("process_open_fds"), before + 10);
  for (int fd : opened) ::close(fd);
  EXPECT_EQ(value("process_open_fds"), before);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(value("process_max_fds"), static_cast<double>(limit.rlim_cur));
}

TEST_F(ProcessMetrics, CountTheTimeOfEachThreadByItsName) {
  const double before = value("process_cpu_seconds_total"), main_before = value("tickcast_thread_cpu_seconds_total", "main");
  ASSERT_GE(main_before, 0);
  EXPECT_EQ(value("tickcast_thread_cpu_seconds_total", "a ) (name"), -1);
  std::atomic<bool> burnt{false}, seen{false};
  std::thread other{[&] {
    ::pthread_setname_np(::pthread_self(), "a ) (name");
    burn(CLOCK_THREAD_CPUTIME_ID, 0.1);
    burnt = true;
    burnt.notify_one();
    seen.wait(false);
  }};
  burnt.wait(false);
  const double its = value("tickcast_thread_cpu_seconds_total", "a ) (name"), all = value("process_cpu_seconds_total");
  seen = true;
  seen.notify_one();
  other.join();
  EXPECT_GE(its, 0.07) << "the kernel counts in hundredths";
  EXPECT_LE(its, all);
  EXPECT_GE(all - before, 0.07);
  EXPECT_EQ(value("tickcast_thread_cpu_seconds_total", "a ) (name"), -1) << "it has ended";
}

TEST_F(ProcessMetrics, SeeMemoryThatIsUsed) {
  const double before = value("process_resident_memory_bytes");
  const std::vector<char> more(64 << 20, 'x');
  EXPECT_GE(value("process_resident_memory_bytes"), before + (60 << 20));
  EXPECT_GE(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
  EXPECT_EQ(more.back(), 'x');
}

TEST_F(ProcessMetrics, KnowTheStartOfTheProcessAndKeepToIt) {
  const double now = static_cast<double>(std::time(nullptr)), started = value("process_start_time_seconds");
  EXPECT_LE(started, now + 1);
  EXPECT_GE(started, now - 3600) << "no test runs for an hour";
  EXPECT_EQ(value("process_start_time_seconds"), started);
  EXPECT_NEAR(make_process_metrics()->Collect().front().metric.front().gauge.value, started, 0.1);
}

}  // namespace
}  // namespace tickcast::app
