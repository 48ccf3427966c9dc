#include "feed/zip_file.hpp"

#include <algorithm>
#include <cstdint>

#include <zlib.h>

namespace tickcast::feed {
namespace {

constexpr std::string_view end_mark{"PK\x05\x06", 4}, entry_mark{"PK\x01\x02", 4}, local_mark{"PK\x03\x04", 4};
constexpr std::size_t end_size = 22, entry_size = 46, local_size = 30;
constexpr std::uint32_t stored = 0, deflated = 8, large_sizes = 1;

// A little-endian number of `bytes` bytes, within what there is.
std::uint32_t number(std::string_view from, std::size_t at, std::size_t bytes) {
  if (at > from.size() || from.size() - at < bytes) throw zip_error("it is cut short");
  std::uint32_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(from[at + i]);
  return value;
}

std::string_view part(std::string_view from, std::size_t at, std::size_t size) {
  if (at > from.size() || from.size() - at < size) throw zip_error("it is cut short");
  return from.substr(at, size);
}

std::string inflate_raw(std::string_view packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream z{};
  if (::inflateInit2(&z, -15) != Z_OK) throw zip_error("zlib cannot be started");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int end = ::inflate(&z, Z_FINISH);
  const bool whole = end == Z_STREAM_END && z.avail_out == 0;
  ::inflateEnd(&z);
  if (!whole) throw zip_error("its content cannot be unpacked");
  return out;
}

}  // namespace

zip_entry unzip_first(std::string_view archive) {
  const std::size_t end = archive.rfind(end_mark);
  if (end == archive.npos || archive.size() - end < end_size) throw zip_error("it is no ZIP archive");
  if (number(archive, end + 10, 2) == 0) throw zip_error("it holds no file");
  const std::size_t entry = number(archive, end + 16, 4);
  if (part(archive, entry, entry_size).substr(0, 4) != entry_mark) throw zip_error("its directory is damaged");
  const std::uint32_t method = number(archive, entry + 10, 2), crc = number(archive, entry + 16, 4);
  const std::size_t name = number(archive, entry + 28, 2), extra = number(archive, entry + 30, 2);
  std::string_view more = part(archive, entry + entry_size + name, extra);
  while (more.size() >= 4 && number(more, 0, 2) != large_sizes) more.remove_prefix(std::min<std::size_t>(more.size(), 4 + number(more, 2, 2)));
  more.remove_prefix(std::min<std::size_t>(more.size(), 4));
  // What does not fit 32 bits, or whose writer did not know that it would, stands behind: in this order, each only if needed.
  const auto large = [&](std::size_t at) -> std::size_t {
    const std::uint32_t value = number(archive, at, 4);
    if (value != 0xffffffff) return value;
    const std::uint64_t whole = number(more, 0, 4) | static_cast<std::uint64_t>(number(more, 4, 4)) << 32;
    more.remove_prefix(8);
    return whole;
  };
  const std::size_t size = large(entry + 24), packed = large(entry + 20), local = large(entry + 42);
  zip_entry out;
  out.name = part(archive, entry + entry_size, name);
  constexpr std::size_t ratio_max = 1100;  // of deflate
  if (size / ratio_max > packed) throw zip_error("its directory is damaged");
  if (size > zip_content_max) throw zip_error("what it holds is larger than 1 GiB");
  if (part(archive, local, local_size).substr(0, 4) != local_mark) throw zip_error("its file is damaged");
  const std::size_t data = local + local_size + number(archive, local + 26, 2) + number(archive, local + 28, 2);
  const std::string_view bytes = part(archive, data, packed);
  if (method == stored) {
    out.content = bytes;
  } else if (method == deflated) {
    out.content = inflate_raw(bytes, size);
  } else {
    throw zip_error("it is packed in a way that is not known here (only deflate is)");
  }
  const uLong found = ::crc32(0, reinterpret_cast<const Bytef*>(out.content.data()), static_cast<uInt>(out.content.size()));
  if (out.content.size() != size || found != crc) throw zip_error("its content is damaged");
  return out;
}

}  // namespace tickcast::feed
