#include "wire/text.hpp"

#include <algorithm>

namespace tickcast::wire {

void text::grow(std::size_t least) {
  const std::size_t capacity = std::max<std::size_t>({least, capacity_ * 2, 256});
  auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_) std::memcpy(bigger.get(), data_.get(), size_);
  data_ = std::move(bigger);
  capacity_ = capacity;
}

text& text::add_quoted(std::string_view bytes) {
  static constexpr char hex[] = "0123456789abcdef";
  add('"');
  for (char c : bytes) {
    switch (c) {
      case '"': add("\\\""); break;
      case '\\': add("\\\\"); break;
      case '\n': add("\\n"); break;
      case '\r': add("\\r"); break;
      case '\t': add("\\t"); break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          add("\\u00").add(hex[c >> 4]).add(hex[c & 15]);
        } else {
          add(c);
        }
    }
  }
  return add('"');
}

}  // namespace tickcast::wire
