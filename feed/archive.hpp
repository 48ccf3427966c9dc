#pragma once
// History that survives: keeps bars in an SQLite file, and finds them again. It has a thread of its own, which alone waits
// for the disk. The ingest thread puts bars into a bounded queue and goes on, whatever happens to them; once a `flush`
// they are written together, in one transaction, and queries see them before that. When the disk takes nothing, bars wait
// in memory, bounded, and are written when it is back; what found no room is counted and gone.
//
// It builds no bars and knows no clients. Without a path it keeps them in memory, as far as `memory_max` goes.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "feed/bar_keeper.hpp"
#include "feed/bar_memory.hpp"
#include "feed/bar_queue.hpp"
#include "feed/bar_store.hpp"
#include "feed/counters.hpp"
#include "wire/bar_shelf.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {

struct history_settings {
  std::string path;                        // empty: in memory
  std::chrono::milliseconds flush{1000};
  std::uint64_t keep_bytes = 0;            // beyond it the oldest go, those of the shortest periods first; 0: no limit
  std::array<std::chrono::hours, wire::period_count> keep{};  // bars older than this against the newest go; 0: none
  std::size_t waiting_max = 500'000;       // bars in memory while the disk takes nothing: 72 MB
  std::size_t queue_places = 65'536;       // bars on their way from the ingest thread: 9 MB; a power of two
};

// What the archive counts. Any thread may read.
struct history_counters {
  count written;           // bars, closed ones and open ones alike
  count overflowed;        // bars for which the queue had no room
  count forgotten;         // closed bars that the disk did not take, and for which there was no room in memory
  count waiting;           // closed bars that are not written yet
  count pruned;
  count flushes;
  count last_flush_ns;     // how long it took
  count bytes;             // of the file that are in use
  count failing;           // 1: the disk takes nothing
  count queries, queries_failed;
};

class archive final : public bar_keeper, public wire::bar_shelf {
 public:
  static constexpr std::uint64_t memory_max = 256 << 20;  // a database in memory is pruned beyond it

  // Throws history_error. `epoch` names the run of numbers of the bars that will come. `symbols` must outlive it.
  archive(history_settings how, const wire::symbol_table& symbols, std::string_view epoch);
  ~archive() { stop(); }

  // Before `start`: of each stream the newest bars, oldest first, the last of them may be open; as many of each as are about
  // `in_all` together, and at most as many as clients may ask for. The name has the symbol; `bar::symbol` is not filled in.
  // Throws history_error.
  void each_recent(std::size_t in_all, const std::function<void(std::string_view symbol, const wire::bar& b)>& see);
  void start();
  // Writes what there is and ends the thread. Who has asked and got no answer gets none.
  void stop();

  // The ingest thread; and before `start` the caller's, which then waits for the disk at times.
  void keep(const wire::bar& b) override;

  // Any thread; `done` is called on the archive's.
  void find(wire::bar_query which, std::function<void(wire::bar_page)> done) override;
  void list(wire::symbol_query which, std::function<void(wire::symbol_page)> done) override;

  const history_counters& counts() const { return counts_; }
  std::size_t queued() const { return queue_.size(); }
  const std::string& path() const { return store_.path(); }

 private:
  using clock = std::chrono::steady_clock;
  using query = std::function<void(archive&)>;

  void ask(query q, const std::function<void()>& refused);
  void run();
  void take_in();
  void take_in(const wire::bar& b);
  void serve();
  bool flush();
  std::size_t write_some(std::size_t most);
  bool write(const bar_memory::change& c);
  void failed();
  void recovered();
  void prune(clock::time_point now);
  std::int64_t oldest_kept_ns(wire::period p) const;
  wire::bar_page answer(const wire::bar_query& which);

  const history_settings how_;
  const wire::symbol_table& symbols_;
  bar_queue queue_;
  history_counters counts_;

  // ---- the archive's thread ----
  bar_store store_;
  bar_memory memory_;
  std::vector<bar_memory::symbol*> by_id_;
  std::size_t named_ = 0;                      // symbols of the table that are in memory
  bool failing_ = false;
  std::optional<clock::time_point> told_;      // when the log was told of it last
  std::uint64_t forgotten_before_ = 0;
  std::string pruned_to_;                      // how far this round has come, by name
  bool pruning_ = false;
  clock::time_point next_round_{};
  int pressure_ = 0;                           // how many times the times to keep are halved, as there is not enough room

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<query> queries_;
  bool stopping_ = false, running_ = false;
  std::thread thread_;
};

}  // namespace tickcast::feed
