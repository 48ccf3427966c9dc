#pragma once
// The first file in a ZIP archive, unpacked: what market data is often kept in. One entry, stored or deflated; no more of
// the format than that.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tickcast::feed {

struct zip_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct zip_entry {
  std::string name, content;
};

inline constexpr std::size_t zip_content_max = std::size_t{1} << 30;

// `archive`: the whole of it. Throws zip_error, what is wrong with it.
zip_entry unzip_first(std::string_view archive);

}  // namespace tickcast::feed
