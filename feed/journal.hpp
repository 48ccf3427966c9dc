#pragma once
// The black box: every tick that was numbered, on disk before anybody is told of it, so that a restart goes on with the
// same epoch, the same symbols and the next numbers. The format is told in journal_format.hpp.
//
// The sequencer fills a block in memory, at the cost of a copy a tick, and calls `flush()` before it hands anything on:
// one write takes the whole batch to the kernel. So whatever kills the process, nobody has heard of a number that the
// journal lacks. What kills the machine is another matter: unless `sync` is `always`, the last moments may be gone, and
// then the next start begins another epoch; numbers are never given twice. So it is when the disk takes no more: the
// process lives on, the journal is abandoned, and the note of it lies where it can still be written.
//
// It lives on the ingest thread; its counters may be read from anywhere. It knows no streams: the sequencer says what a
// new file begins with.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feed/journal_block.hpp"
#include "feed/journal_directory.hpp"
#include "feed/journal_keeper.hpp"
#include "feed/journal_reader.hpp"

namespace tickcast::feed {

enum class journal_sync : std::uint8_t {
  never,     // the kernel decides
  interval,  // a thread of its own, at a pace
  always,    // before anybody is told: the ingest thread waits for the disk
};

struct journal_settings {
  std::string directory;
  std::uint64_t file_bytes = 64 << 20;
  std::uint64_t keep_bytes = std::uint64_t{8192} << 20;  // 0: all
  journal_sync sync = journal_sync::interval;
  std::chrono::milliseconds sync_pace{1000};
};

class journal {
 public:
  // Takes the lock and looks at the newest file: does its epoch go on? Throws journal_error. Writes nothing yet.
  explicit journal(journal_settings settings);
  ~journal() { close(); }
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  std::string epoch() const { return epoch_text(epoch_); }
  // Of the symbols of an epoch that goes on, by their ids.
  const std::vector<std::string>& names() const { return known_names_; }
  // What it holds of this epoch, oldest first; of what came before the newest file, about so many bytes.
  journal_reader past(std::uint64_t bytes) const;

  // Writing begins. True: the newest file goes on; false: the caller begins a new one (`begin_file` … `end_head`).
  bool resume();

  // ---- a new file: what it has to begin with ----
  void begin_file(const wire::symbol_table& symbols);
  void keep(std::span<const wire::record> last_tick);  // of a stream, with its notes
  void end_head();

  // ---- the way of a tick ----
  void name(wire::symbol_id symbol, std::string_view text);
  void append(const wire::tick& t, const wire::notes& notes, std::int64_t unix_ns);
  // Everything so far is in the kernel's hands, or the journal has been abandoned and all know that it was.
  void flush() {
    if (!ticks_.empty() || !names_.empty()) write_pending();
  }
  // A new file is due. Not before there is more in this one than its head, however many symbols that has.
  bool full() const { return alive_ && size_ >= std::max(settings_.file_bytes, 2 * head_size_); }

  // The end: what is pending is written, all is synced, and sealed. What comes afterwards is not taken.
  void close();

  const journal_counters& counts() const { return counts_; }

 private:
  void look();
  void write_pending();
  void write(block_builder& block, block_kind kind);
  bool put(int fd, std::uint64_t offset, std::span<const std::byte> bytes);
  void abandon(const std::string& what, int error);
  opening opened(std::uint32_t head_blocks) const;

  const journal_settings settings_;
  journal_directory directory_;
  std::vector<std::uint32_t> files_;  // that there were at the start
  journal_reader::unfinished tail_;   // of the newest
  std::vector<std::string> known_names_;
  epoch_id epoch_ = 0;
  epoch_id abandoned_ = 0;            // the epoch that cannot go on; 0: there is none
  bool continues_ = false;
  bool alive_ = false;
  std::uint32_t file_ = 0;
  std::uint64_t number_ = 1;  // of the next block
  std::uint64_t size_ = 0;    // of the file
  std::uint64_t head_size_ = 0;  // of that
  std::uint32_t head_blocks_ = 0;
  std::uint64_t head_number_ = 0;
  wire::owned_fd fd_;
  block_builder ticks_, names_;
  journal_counters counts_;
  journal_keeper keeper_;
};

}  // namespace tickcast::feed
