#include "feed/journal_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tickcast::feed {
namespace {

constexpr std::string_view suffix = ".journal";
constexpr std::size_t note_size = 64;

// What the lock file says: of one length always, so that it can be changed on a disk that is full.
std::string note_of(const std::string& what) {
  std::string made = "tickcast journal: " + what;
  made.resize(note_size - 1, ' ');
  return made + '\n';
}
std::string abandoned_note(epoch_id epoch) { return note_of("abandoned " + epoch_text(epoch)); }

// Where it is noted when the disk takes nothing any more. It is gone when the machine starts anew, but then the epoch
// is not continued either: see `journal::look`.
std::string memory_note(epoch_id epoch) { return "/dev/shm/tickcast-abandoned-" + epoch_text(epoch); }

bool put_note(int fd, const std::string& note) {
  return ::pwrite(fd, note.data(), note.size(), 0) == static_cast<ssize_t>(note.size());
}

}  // namespace

std::string journal_path(const std::string& directory, std::uint32_t file) {
  return fmt::format("{}/{:06}{}", directory, file, suffix);
}

std::vector<std::uint32_t> journal_files(const std::string& directory) {
  std::vector<std::uint32_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::uint32_t number = 0;
    const auto [stop, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (wrong == std::errc{} && std::string_view{stop} == suffix && number > 0) found.push_back(number);
  }
  if (error) throw journal_error(fmt::format("journal: cannot read {}: {}", directory, error.message()));
  std::sort(found.begin(), found.end());
  return found;
}

std::string boot_name() {
  std::string name;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> name;
  return name.substr(0, sizeof(opening::boot) - 1);
}

journal_directory::journal_directory(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  const auto fail = [this](const char* what) {
    throw journal_error(fmt::format("journal: cannot {} {}: {}", what, path_, std::strerror(errno)));
  };
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  self_ = wire::owned_fd{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (self_.get() < 0) {
    if (error) errno = error.value();
    fail("open");
  }
  lock_ = wire::owned_fd{::openat(self_.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (lock_.get() < 0) fail("write in");
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail("lock");
    throw journal_error(
        fmt::format("journal: another process writes to {}; end it first, or name another directory", path_));
  }
  struct stat about {};
  if (::fstat(lock_.get(), &about) != 0 || about.st_size != note_size) {
    if (!put_note(lock_.get(), note_of("in use")) || ::fdatasync(lock_.get()) != 0) fail("write in");
  }
}

bool journal_directory::abandon(epoch_id epoch) {
  if (put_note(lock_.get(), abandoned_note(epoch))) {
    ::fdatasync(lock_.get());
    return true;
  }
  const wire::owned_fd note{::open(memory_note(epoch).c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  return note.get() >= 0;
}

bool journal_directory::abandoned(epoch_id epoch) const {
  char note[note_size];
  const ssize_t got = ::pread(lock_.get(), note, sizeof note, 0);
  if (got == static_cast<ssize_t>(sizeof note) && std::string_view{note, sizeof note} == abandoned_note(epoch)) return true;
  return ::access(memory_note(epoch).c_str(), F_OK) == 0;
}

void journal_directory::forget_abandoned(epoch_id epoch) {
  put_note(lock_.get(), note_of("in use"));
  ::unlink(memory_note(epoch).c_str());
}

bool journal_directory::sync() const { return ::fsync(self_.get()) == 0; }

}  // namespace tickcast::feed
