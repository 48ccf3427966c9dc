#include "feed/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <utility>

#include <spdlog/spdlog.h>

#include "feed/arrival.hpp"

namespace tickcast::feed {
namespace {

constexpr const char* unfinished_suffix = ".new";

journal_keeper::rules rules_of(const journal_settings& s) {
  return {s.sync == journal_sync::interval, s.sync_pace, s.keep_bytes};
}

std::uint64_t size_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

}  // namespace

journal::journal(journal_settings settings)
    : settings_(std::move(settings)),
      directory_(settings_.directory),
      keeper_(directory_, rules_of(settings_), counts_) {
  files_ = journal_files(directory_.path());
  look();
  file_ = files_.empty() ? 0 : files_.back();
}

// Whether the epoch of the newest file goes on. Whatever could have made somebody hear of a number that is not in it
// ends the epoch.
void journal::look() {
  epoch_ = new_epoch();
  if (files_.empty()) return;
  journal_reader last{directory_.path(), {files_.back()}};
  std::optional<block_kind> ends_with;
  journal_step step{};
  while ((step = last.next()) == journal_step::block) {
    ends_with = last.kind();
    number_ = last.number() + 1;
  }
  if (step == journal_step::damaged) throw journal_error(last.sentence());
  tail_ = last.tail();
  std::string why;
  if (!ends_with) {
    const std::string path = directory_.path_of(files_.back());
    std::filesystem::rename(path, path + ".damaged");
    files_.pop_back();
    tail_ = {};
    why = fmt::format("nothing in {} can be read (it is {}.damaged now)", path, path);
  } else {
    const opening& by = last.writer();
    const std::string boot{by.boot, ::strnlen(by.boot, sizeof by.boot)};
    const bool same_run = !boot.empty() && boot == boot_name();
    if (directory_.abandoned(last.epoch())) {
      why = "its last process went on without it";
    } else if (!last.complete()) {
      why = "what is lost of it may have held the last numbers";
    } else if (*ends_with != block_kind::seal) {
      if (same_run && tail_.bytes > 0 && !tail_.cut) why = "its last block has gone bad";
      if (!same_run && by.synced == 0)
        why = "the machine went down before all of it was on the disk (journal_sync = \"always\" would have kept it)";
    }
  }
  continues_ = why.empty();
  if (continues_) {
    epoch_ = last.epoch();
    known_names_ = last.names();
    return;
  }
  abandoned_ = last.epoch();
  number_ = 1;
  spdlog::warn("journal: {}: {}; a new epoch begins", directory_.path(), why);
}

journal_reader journal::past(std::uint64_t bytes) const {
  std::vector<std::uint32_t> chosen;
  if (!continues_) return {directory_.path(), chosen};
  std::size_t first = files_.size() - 1;
  std::uint64_t total = size_of(directory_.path_of(files_[first]));
  while (first > 0 && files_[first - 1] + 1 == files_[first]) {
    const std::string path = directory_.path_of(files_[first - 1]);
    total += size_of(path);
    if (total > bytes) break;
    journal_block head;
    const bool good = journal_file{path}.read(0, head) == found::block;
    if (good && head.head.epoch != epoch_) break;
    --first;
    if (!good) break;  // who reads on will see
  }
  chosen.assign(files_.begin() + static_cast<std::ptrdiff_t>(first), files_.end());
  return {directory_.path(), chosen};
}

bool journal::resume() {
  for (const auto& entry : std::filesystem::directory_iterator{directory_.path()})
    if (entry.path().extension() == unfinished_suffix) std::filesystem::remove(entry.path());
  if (tail_.bytes > 0) {
    const std::string path = directory_.path_of(tail_.file);
    if (::truncate(path.c_str(), static_cast<off_t>(tail_.offset)) != 0)
      throw journal_error(fmt::format("journal: cannot cut {}: {}", path, std::strerror(errno)));
    spdlog::warn("journal: {} ended with {} bytes of a block that {}; they are cut off", path, tail_.bytes,
                 tail_.cut ? "was never finished" : "cannot be read");
  }
  alive_ = true;
  if (!continues_) return false;
  const std::string path = directory_.path_of(file_);
  fd_ = wire::owned_fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (fd_.get() < 0) throw journal_error(fmt::format("journal: cannot write {}: {}", path, std::strerror(errno)));
  size_ = size_of(path);
  names_.add(as_record(opened(0)));
  write(names_, block_kind::resumed);
  keeper_.start({files_.begin(), files_.end()});
  return true;
}

opening journal::opened(std::uint32_t head_blocks) const {
  opening made{};
  made.version = journal_version;
  made.head_blocks = head_blocks;
  boot_name().copy(made.boot, sizeof made.boot - 1);
  made.synced = settings_.sync == journal_sync::always;
  return made;
}

// The head block is written last, and the file gets its name when its head is whole: until then it does not count.
void journal::begin_file(const wire::symbol_table& symbols) {
  if (!alive_) return;
  const std::string path = directory_.path_of(file_ + 1) + unfinished_suffix;
  wire::owned_fd next{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (next.get() < 0) return abandon("cannot begin " + path, errno);
  fd_ = std::move(next);
  ++file_;
  size_ = 2 * journal_line;
  head_blocks_ = 1;
  head_number_ = number_++;
  for (std::uint32_t i = 0; i < symbols.size(); ++i) {
    name(wire::symbol_id{i}, symbols.name(wire::symbol_id{i}));
    if (names_.room() == 0) write(names_, block_kind::symbols);
  }
  write(names_, block_kind::symbols);
}

void journal::keep(std::span<const wire::record> last_tick) {
  if (ticks_.room() < last_tick.size()) write(ticks_, block_kind::state);
  if (!alive_) return;
  for (const wire::record& r : last_tick) ticks_.add(r);
}

void journal::end_head() {
  write(ticks_, block_kind::state);
  if (!alive_) return;
  names_.add(as_record(opened(head_blocks_)));
  const auto head = names_.seal(block_kind::head, epoch_, head_number_, file_);
  const std::string path = directory_.path_of(file_);
  const bool always = settings_.sync == journal_sync::always;
  if (!put(fd_.get(), 0, head) || (always && ::fdatasync(fd_.get()) != 0) ||
      ::rename((path + unfinished_suffix).c_str(), path.c_str()) != 0 || (always && !directory_.sync()))
    return abandon("cannot begin " + path, errno);
  names_.clear();
  head_size_ = size_;
  counts_.bytes.add(head.size());
  if (counts_.files.value() > 0) return keeper_.writing(file_);
  if (abandoned_ != 0) directory_.forget_abandoned(abandoned_);
  std::deque<std::uint32_t> files{files_.begin(), files_.end()};
  files.push_back(file_);
  keeper_.start(std::move(files));
}

void journal::name(wire::symbol_id symbol, std::string_view text) {
  if (names_.room() == 0) write_pending();
  if (!alive_) return;
  naming made{};
  made.symbol = index_of(symbol);
  made.length = static_cast<std::uint8_t>(text.copy(made.text, sizeof made.text));
  names_.add(as_record(made));
}

void journal::append(const wire::tick& t, const wire::notes& notes, std::int64_t unix_ns) {
  if (ticks_.room() <= wire::notes_max) write_pending();
  if (!alive_) return;
  if (!notes.empty()) notes.split(t.symbol, [this](const wire::note& n) { ticks_.add(wire::record{n}); });
  wire::record kept{t};
  kept.tick.arrived_ns = unix_ns;
  ticks_.add(kept);
}

void journal::write_pending() {
  if (const int error = keeper_.error(); error != 0) abandon("cannot bring to the disk " + directory_.path_of(file_), error);
  const std::size_t records = ticks_.size();
  write(names_, block_kind::symbols);
  write(ticks_, block_kind::ticks);
  if (!alive_) return;
  counts_.records.add(records);
  if (settings_.sync != journal_sync::always) return;
  const std::int64_t start = arrival::now().mono_ns;
  if (::fdatasync(fd_.get()) != 0) return abandon("cannot bring to the disk " + directory_.path_of(file_), errno);
  counts_.syncs.add();
  counts_.last_sync_ns.set(static_cast<std::uint64_t>(arrival::now().mono_ns - start));
}

// A block that is empty is not written, but for a seal.
void journal::write(block_builder& block, block_kind kind) {
  if (!alive_ || (block.empty() && kind != block_kind::seal)) return block.clear();
  const auto bytes = block.seal(kind, epoch_, number_, file_);
  if (!put(fd_.get(), size_, bytes)) return abandon("cannot write " + directory_.path_of(file_), errno);
  block.clear();
  size_ += bytes.size();
  ++number_;
  ++head_blocks_;
  counts_.bytes.add(bytes.size());
}

bool journal::put(int fd, std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put == 0) errno = ENOSPC;
    if (put <= 0) return false;
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

// From here on numbers go out that are not in it, so before the first of them does, it is noted that nobody may go on
// from here.
void journal::abandon(const std::string& what, int error) {
  if (!std::exchange(alive_, false)) return;
  const bool starting = counts_.files.value() == 0;
  if (starting) throw journal_error(fmt::format("journal: {}: {}", what, std::strerror(error)));
  counts_.failed.set(1);
  ticks_.clear();
  names_.clear();
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) errno = 0;  // then the next start cuts it
  const bool noted = directory_.abandon(epoch_);
  spdlog::error("journal: {}: {}; the streams go on without it, {}", what, std::strerror(error),
                noted ? "and the next start begins a new epoch: mend the disk, then start again"
                      : "but this cannot be noted anywhere: before the next start, move its files away");
}

void journal::close() {
  flush();
  const bool synced = keeper_.stop();
  if (alive_ && synced) {
    write(ticks_, block_kind::seal);
    ::fdatasync(fd_.get());
  }
  alive_ = false;
}

}  // namespace tickcast::feed
