#pragma once
// A journal from its first file to its last, block by block, in the order in which it was written: epochs, names, last
// ticks, ticks. It checks that blocks follow each other without a hole and say what can be said, so who reads need
// not; whatever bytes a file holds, it neither fails nor hands on anything that a tick could not be.
//
// A block at the very end that was never finished, or has nothing readable behind it, is the end (`tail`). Damage
// anywhere else ends the reading with `damage`, one sentence that names the command against it. It writes nothing.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feed/journal_file.hpp"
#include "wire/notes.hpp"

namespace tickcast::feed {

enum class journal_step : std::uint8_t { block, end, damaged };

class journal_reader {
 public:
  // All of its files. Throws journal_error when it cannot be opened, or has none.
  explicit journal_reader(std::string directory);
  // These of its files, in their order.
  journal_reader(std::string directory, std::vector<std::uint32_t> files);

  journal_step next();

  // ---- the block that `next` came to ----
  block_kind kind() const { return block_.head.kind; }
  std::span<const wire::record> records() const { return block_.records; }
  std::uint32_t file() const { return block_.head.file; }
  std::uint64_t offset() const { return block_.offset; }
  std::uint64_t number() const { return block_.head.number; }
  epoch_id epoch() const { return epoch_; }
  bool begins_epoch() const { return kind() == block_kind::head && block_.head.number == 1; }
  const opening& writer() const { return opening_; }  // who wrote this block

  // Calls see(tick, notes) for each tick of a block of the kinds `state` and `ticks`.
  template <class See>
  void each_tick(See see) const {
    wire::notes notes;
    for (const wire::record& r : records()) {
      if (r.kind() == wire::record_kind::note) {
        notes.gather(r.note);
        continue;
      }
      see(r.tick, notes);
      notes.clear();
    }
  }

  // ---- what has been read so far, of this epoch ----
  const std::vector<std::string>& names() const { return names_; }  // by symbol id; empty: lost
  bool complete() const { return complete_; }  // the last numbers are known: a whole head, and nothing lost behind it

  // ---- after `end` ----
  struct unfinished {
    std::uint32_t file = 0;
    std::uint64_t offset = 0, bytes = 0;  // 0 bytes: there is none
    bool cut = false;                     // it ends where its process did; otherwise it has gone bad
  };
  const unfinished& tail() const { return tail_; }

  // ---- after `damaged` ----
  struct place {
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    std::string what;  // completes "file, offset: …"
  };
  const place& damage() const { return damage_; }
  bool foreign() const;  // no damage, but a format that this version does not know
  std::string sentence() const;
  // Goes on behind the damage, at the next block that can be read; `lost` gets what lies between. False: that was all.
  bool skip_damage(loss& lost);

 private:
  bool open_next();
  journal_step stop(found why);
  journal_step fail(std::string what);
  const char* judge(const journal_block& block) const;
  const char* judge_names() const;
  const char* judge_ticks() const;
  void take();

  const std::string directory_;
  const std::vector<std::uint32_t> files_;
  std::size_t at_ = 0;  // the file being read
  std::optional<journal_file> reading_;
  journal_block block_;
  std::uint64_t next_offset_ = 0;
  std::optional<std::uint64_t> expected_;  // number of the next block; nothing: any
  bool exact_ = true;                      // false: or a later one, as what was in between could not be read
  epoch_id epoch_ = 0;
  opening opening_{};
  std::vector<std::string> names_;
  std::uint32_t head_left_ = 0;    // blocks of this file's head that are still to come
  bool complete_ = false;
  bool forgiving_ = false;         // names may be missing: there is a repair in this file, or damage was skipped
  unfinished tail_;
  place damage_;
};

}  // namespace tickcast::feed
