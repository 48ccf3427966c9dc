#pragma once
// What a journal's files hold. A directory has files 000001.journal, 000002.journal, …; a file is blocks; a block is a
// header of 64 bytes and records of 64 bytes, all little-endian, all at offsets that 64 divides.
//
// Each file begins with a head: the head block, the whole symbol table, and the last tick of each stream, so that it
// can be understood without those before it, which may be deleted. Then come ticks (notes in front of theirs, as in a
// lane; `arrived_ns` is Unix time here, as a monotonic clock means nothing to the next process) and new names.
//
// Blocks are numbered through, over all files of an epoch, and say which file and epoch they belong to: one that is
// missing, stale or at the wrong place is seen. The header has a checksum of its own, so that a block that was cut
// short (its process was killed while it wrote it) can be told from one that has gone bad.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include <spdlog/fmt/fmt.h>

#include "feed/crc32c.hpp"
#include "feed/epoch.hpp"
#include "wire/record.hpp"
#include "wire/symbols.hpp"

namespace tickcast::feed {

static_assert(std::endian::native == std::endian::little, "the journal is written as it lies in memory");

// One sentence for the operator; the start ends with it.
struct journal_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::string_view block_magic = "tickjrnl";
inline constexpr std::uint32_t journal_version = 1;
inline constexpr std::size_t block_records_max = 4096;
inline constexpr std::size_t journal_line = 64;  // bytes of a header and of a record

enum class block_kind : std::uint8_t {
  head = 1,  // `opening`: the first block of a file
  resumed,   // `opening`: from here on another process writes
  symbols,   // `naming` each, in the order of their ids
  state,     // the last tick of each stream, with its notes; in a file's head only
  ticks,
  lost,      // `loss`: stands where a repair found nothing readable
  seal,      // no records: all before it was synced, and nobody was told more
};

struct alignas(64) block_head {
  char magic[8];
  std::uint32_t head_crc;     // of the bytes of this header behind it
  std::uint32_t payload_crc;  // of the records
  epoch_id epoch;
  std::uint64_t number;  // from 1 in an epoch; of `lost`: the last that is lost
  std::uint32_t file;
  std::uint32_t count;   // of records
  block_kind kind;
  std::uint8_t reserved[23];
};

struct alignas(64) opening {
  std::uint32_t version;
  std::uint32_t head_blocks;  // of `head`: how many blocks make the file's head, itself included; 0: a repair wrote it
  char boot[40];              // names the run of the machine; after another one, what was not synced may be gone
  std::uint8_t synced;        // 1: nobody is told of a tick before it is on the disk
  std::uint8_t reserved[15];
};

struct alignas(64) naming {
  std::uint32_t symbol;
  std::uint8_t length;
  char text[wire::symbol_max];
  std::uint8_t reserved[27];
};

struct alignas(64) loss {
  std::uint64_t bytes;  // that could not be read
  std::uint8_t reserved[56];
};

static_assert(sizeof(block_head) == journal_line && std::is_trivially_copyable_v<block_head>);
static_assert(sizeof(opening) == journal_line && std::is_trivially_copyable_v<opening>);
static_assert(sizeof(naming) == journal_line && std::is_trivially_copyable_v<naming>);
static_assert(sizeof(loss) == journal_line && std::is_trivially_copyable_v<loss>);
static_assert(sizeof(wire::record) == journal_line);

inline std::uint32_t crc_of(const block_head& head) {
  constexpr std::size_t behind = offsetof(block_head, payload_crc);
  return crc32c(reinterpret_cast<const char*>(&head) + behind, sizeof head - behind);
}

// The header of a block of these records.
inline block_head sealed(block_kind kind, epoch_id epoch, std::uint64_t number, std::uint32_t file, const void* records,
                         std::size_t count) {
  block_head made{};
  std::memcpy(made.magic, block_magic.data(), sizeof made.magic);
  made.payload_crc = crc32c(records, count * journal_line);
  made.epoch = epoch;
  made.number = number;
  made.file = file;
  made.count = static_cast<std::uint32_t>(count);
  made.kind = kind;
  made.head_crc = crc_of(made);
  return made;
}

// A record that is no tick, as the bytes of one.
template <class Line>
wire::record as_record(const Line& line) {
  wire::record made;
  std::memcpy(static_cast<void*>(&made), &line, sizeof made);
  return made;
}
template <class Line>
Line as_line(const wire::record& record) {
  Line made;
  std::memcpy(&made, &record, sizeof made);
  return made;
}

}  // namespace tickcast::feed
