#include "feed/journal_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tickcast::feed {

journal_file::journal_file(const std::string& path) : journal_file(wire::owned_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}) {
  if (file_.get() < 0) throw journal_error(fmt::format("journal: cannot read {}: {}", path, std::strerror(errno)));
}

journal_file::journal_file(wire::owned_fd file) : file_(std::move(file)) {
  struct stat about {};
  if (file_.get() < 0 || ::fstat(file_.get(), &about) != 0) return;
  size_ = static_cast<std::uint64_t>(about.st_size);
  const std::size_t needed = std::min<std::size_t>(window_records, static_cast<std::size_t>(size_ / journal_line) + 1);
  window_ = std::make_unique_for_overwrite<wire::record[]>(needed);
}

// The bytes at `offset`, `bytes` of them; nothing when the file has not that many (any more), or cannot be read.
const wire::record* journal_file::window(std::uint64_t offset, std::size_t bytes) {
  if (offset < window_at_ || offset + bytes > window_at_ + window_size_) {
    window_at_ = offset;
    window_size_ = 0;
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(window_records * journal_line, (size_ - offset) / journal_line * journal_line));
    auto* const to = reinterpret_cast<char*>(window_.get());
    while (window_size_ < wanted) {
      const ssize_t got =
          ::pread(file_.get(), to + window_size_, wanted - window_size_, static_cast<off_t>(offset + window_size_));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      window_size_ += static_cast<std::size_t>(got);
    }
    if (window_size_ < bytes) return nullptr;
  }
  return window_.get() + (offset - window_at_) / journal_line;
}

found journal_file::read(std::uint64_t offset, journal_block& into) {
  if (offset >= size_) return found::end;
  if (size_ - offset < journal_line) return found::cut;
  const wire::record* at = window(offset, journal_line);
  if (!at) return found::bad;
  std::memcpy(&into.head, at, sizeof into.head);
  const block_head& head = into.head;
  if (std::memcmp(head.magic, block_magic.data(), sizeof head.magic) != 0 || head.head_crc != crc_of(head) ||
      head.count > block_records_max)
    return found::bad;
  const std::size_t bytes = head.count * journal_line;
  if (size_ - offset - journal_line < bytes) return found::cut;
  at = window(offset, journal_line + bytes);
  if (!at || crc32c(at + 1, bytes) != head.payload_crc) return found::bad;
  into.offset = offset;
  into.records = {at + 1, head.count};
  return found::block;
}

}  // namespace tickcast::feed
