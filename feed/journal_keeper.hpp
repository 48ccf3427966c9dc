#pragma once
// The journal's own thread: at its pace it brings to the disk what the ingest thread has handed to the kernel, and
// deletes the oldest files beyond what is to be kept. It opens files by their names, so the two threads share three
// numbers and nobody ever waits for the other.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "feed/counters.hpp"
#include "feed/journal_directory.hpp"

namespace tickcast::feed {

// What the journal counts. Any thread may read.
struct journal_counters {
  count bytes, records;  // written since the start
  count files;           // that there are
  count syncs;
  count last_sync_ns;    // how long it took
  count failed;          // 1: it is no longer written
};

class journal_keeper {
 public:
  struct rules {
    bool sync = true;
    std::chrono::milliseconds pace{1000};
    std::uint64_t keep_bytes = 0;  // 0: all
  };

  journal_keeper(const journal_directory& directory, rules how, journal_counters& counts);
  ~journal_keeper() { stop(); }

  // `oldest` … `current` are there; all before `current` is on the disk.
  void start(std::deque<std::uint32_t> files);
  // Ends the thread after a last round. False: not everything is on the disk.
  bool stop();

  // The ingest thread.
  void writing(std::uint32_t file) { current_.store(file, std::memory_order_release); }
  int error() const { return error_.load(std::memory_order_relaxed); }  // errno of a sync that failed; 0: none has

 private:
  void run();
  void round();
  bool sync_to(std::uint32_t file);
  void delete_oldest();

  const journal_directory& directory_;
  const rules how_;
  journal_counters& counts_;
  std::atomic<std::uint32_t> current_{0};
  std::atomic<int> error_{0};
  std::uint32_t synced_ = 0;        // files before this one are on the disk
  std::uint64_t synced_bytes_ = 0;  // of `counts_.bytes`
  std::deque<std::uint32_t> files_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tickcast::feed
