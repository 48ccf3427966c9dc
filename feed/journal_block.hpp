#pragma once
// The block of a journal that is being filled: its header's place and its records in one piece of memory, so that one
// write takes it to the file. Nothing is allocated once it is made.
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "feed/journal_format.hpp"

namespace tickcast::feed {

class block_builder {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return block_records_max - size_; }
  void add(const wire::record& r) { lines_[1 + size_++] = r; }
  void clear() { size_ = 0; }

  // The bytes of the block, header and all; valid until something is added.
  std::span<const std::byte> seal(block_kind kind, epoch_id epoch, std::uint64_t number, std::uint32_t file) {
    const block_head head = sealed(kind, epoch, number, file, &lines_[1], size_);
    std::memcpy(static_cast<void*>(&lines_[0]), &head, sizeof head);
    return std::as_bytes(std::span{lines_.get(), 1 + size_});
  }

 private:
  std::unique_ptr<wire::record[]> lines_ = std::make_unique<wire::record[]>(1 + block_records_max);
  std::size_t size_ = 0;
};

}  // namespace tickcast::feed
