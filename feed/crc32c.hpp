#pragma once
// CRC-32C (Castagnoli), the checksum of the journal's blocks: by the processor's own instruction where it has one, which
// is found out at run time, by a table otherwise. It tells of damage, not of malice.
#include <cstddef>
#include <cstdint>

namespace tickcast::feed {

std::uint32_t crc32c(const void* from, std::size_t size);
std::uint32_t crc32c_by_table(const void* from, std::size_t size);  // the same number

}  // namespace tickcast::feed
