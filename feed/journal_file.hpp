#pragma once
// One file of a journal, block by block: whether there is a whole one at an offset, and where the next whole one is
// when there is none. It knows checksums; what blocks say and whether they follow each other is the reader's business.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "feed/journal_format.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::feed {

struct journal_block {
  block_head head{};
  std::uint64_t offset = 0;
  std::span<const wire::record> records;  // valid until the next one is read

  std::uint64_t end() const { return offset + journal_line * (1 + records.size()); }
};

enum class found : std::uint8_t {
  block,
  end,    // the file ends here
  cut,    // it ends inside of the block that begins here
  bad,    // what stands here is no block, or a checksum is wrong
};

class journal_file {
 public:
  // Throws journal_error when it cannot be opened.
  explicit journal_file(const std::string& path);
  explicit journal_file(wire::owned_fd file);  // already open

  std::uint64_t size() const { return size_; }  // when it was opened
  found read(std::uint64_t offset, journal_block& into);

  // The next whole block at `from` or behind it for which `fits(head)` holds.
  template <class Fits>
  std::optional<std::uint64_t> find(std::uint64_t from, Fits fits) {
    journal_block seen;
    for (; from < size_; from += journal_line)
      if (read(from, seen) == found::block && fits(seen.head)) return from;
    return std::nullopt;
  }

 private:
  static constexpr std::size_t window_records = 16 * 1024;  // 1 MiB, and never less than a block

  const wire::record* window(std::uint64_t offset, std::size_t bytes);

  wire::owned_fd file_;
  std::uint64_t size_ = 0;
  std::unique_ptr<wire::record[]> window_;
  std::uint64_t window_at_ = 0;
  std::size_t window_size_ = 0;  // bytes
};

}  // namespace tickcast::feed
