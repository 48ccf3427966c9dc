#pragma once
// All that a journal holds, counted, and all that is wrong with it: what `tickcast journal check` prints. And the repair:
// files with unreadable parts are written anew without them, a note of the loss in their place; the originals are kept
// beside them. Nothing is made up: numbers that are gone stay gone, and are named as far as those around them tell.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "feed/journal_reader.hpp"

namespace tickcast::feed {

struct journal_hole {  // a part that could not be read, or what a repair has left in its place
  std::uint32_t file = 0;
  std::uint64_t offset = 0, bytes = 0;
  std::string what;  // empty: it has been repaired
  // The blocks around it; nothing where there is none, or another hole.
  struct edge {
    epoch_id epoch = 0;
    std::uint64_t number = 0;
    std::uint32_t file = 0;
  };
  std::optional<edge> before, after;
};

struct journal_survey {
  struct file {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0, ticks = 0;
    epoch_id epoch = 0;
    std::int64_t first_ns = 0, last_ns = 0;  // of the ticks' arrivals, Unix time
  };
  struct numbers {  // that are missing
    std::string symbol;
    wire::channel channel{};
    wire::sequence first = 0, last = 0;
  };

  std::vector<file> files;
  std::vector<journal_hole> holes, repaired;
  std::vector<numbers> lost;
  bool more_may_be_lost = false;  // nothing behind the last hole says up to where the numbers went
  journal_reader::unfinished tail;
  std::uint64_t ticks = 0;
  std::size_t epochs = 0, symbols = 0;  // symbols: of the last epoch
};

// Throws journal_error when there is no journal. Reads only.
journal_survey survey_journal(const std::string& directory);

// Throws journal_error when it cannot be done, or a process writes to it. Returns what was found before.
journal_survey repair_journal(const std::string& directory);

}  // namespace tickcast::feed
