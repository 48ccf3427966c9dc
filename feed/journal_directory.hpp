#pragma once
// The directory of a journal: its files by number, the lock that keeps a second process out, and the note that an epoch
// was abandoned: its numbers went on after the journal could no longer be written, so that nobody may continue it.
#include <cstdint>
#include <string>
#include <vector>

#include "feed/journal_format.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::feed {

// DIR/000042.journal
std::string journal_path(const std::string& directory, std::uint32_t file);
// The numbers of the files in it, in their order. Throws journal_error when it is no directory.
std::vector<std::uint32_t> journal_files(const std::string& directory);

// What names this run of the machine; empty when it has no such name.
std::string boot_name();

class journal_directory {
 public:
  // Makes it if it is not there, and takes the lock. Throws journal_error.
  explicit journal_directory(std::string path);

  const std::string& path() const { return path_; }
  std::string path_of(std::uint32_t file) const { return journal_path(path_, file); }

  // False: it could be written down nowhere.
  bool abandon(epoch_id epoch);
  bool abandoned(epoch_id epoch) const;
  void forget_abandoned(epoch_id epoch);  // another epoch has begun

  bool sync() const;  // its entries are on the disk

 private:
  std::string path_;
  wire::owned_fd self_;
  wire::owned_fd lock_;
};

}  // namespace tickcast::feed
