#include "feed/journal_keeper.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <spdlog/spdlog.h>

#include "feed/arrival.hpp"

namespace tickcast::feed {

journal_keeper::journal_keeper(const journal_directory& directory, rules how, journal_counters& counts)
    : directory_(directory), how_(how), counts_(counts) {}

void journal_keeper::start(std::deque<std::uint32_t> files) {
  files_ = std::move(files);
  synced_ = files_.back();
  current_ = files_.back();
  counts_.files.set(files_.size());
  thread_ = std::thread([this] { run(); });
}

bool journal_keeper::stop() {
  if (!thread_.joinable()) return false;
  {
    const std::lock_guard hold{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  return sync_to(current_) && error_ == 0;
}

void journal_keeper::run() {
  ::pthread_setname_np(::pthread_self(), "journal");
  std::unique_lock hold{mutex_};
  while (!stopping_) {
    wake_.wait_for(hold, how_.pace, [this] { return stopping_; });
    hold.unlock();
    round();
    hold.lock();
  }
}

void journal_keeper::round() {
  const std::uint32_t current = current_.load(std::memory_order_acquire);
  while (files_.back() < current) files_.push_back(files_.back() + 1);
  if (how_.sync) sync_to(current);
  delete_oldest();
  counts_.files.set(files_.size());
}

// What has been written up to now, up to this file, is on the disk.
bool journal_keeper::sync_to(std::uint32_t file) {
  const std::uint64_t bytes = counts_.bytes.value();
  if (bytes == synced_bytes_ && synced_ == file) return true;
  const std::int64_t start = arrival::now().mono_ns;
  bool good = synced_ == file || directory_.sync();
  for (; good; ++synced_) {
    const wire::owned_fd of{::open(directory_.path_of(synced_).c_str(), O_RDONLY | O_CLOEXEC)};
    good = of.get() >= 0 && ::fdatasync(of.get()) == 0;
    if (synced_ == file) break;
  }
  if (!good) {
    error_.store(errno != 0 ? errno : EIO, std::memory_order_relaxed);
    return false;
  }
  synced_bytes_ = bytes;
  counts_.syncs.add();
  counts_.last_sync_ns.set(static_cast<std::uint64_t>(arrival::now().mono_ns - start));
  return true;
}

void journal_keeper::delete_oldest() {
  if (how_.keep_bytes == 0) return;
  std::uint64_t total = 0;
  const auto size_of = [this](std::uint32_t file) -> std::uint64_t {
    struct stat about {};
    return ::stat(directory_.path_of(file).c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
  };
  for (const std::uint32_t file : files_) total += size_of(file);
  // Never the one being written, nor what is still to be synced.
  while (total > how_.keep_bytes && files_.size() > 1 && (!how_.sync || files_.front() < synced_)) {
    const std::string path = directory_.path_of(files_.front());
    total -= size_of(files_.front());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return;
    spdlog::info("journal: {} deleted, as journal_keep_mb says", path);
    files_.pop_front();
  }
}

}  // namespace tickcast::feed
