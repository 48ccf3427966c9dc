#pragma once
// What does not fit a tick's cache line: a trade's id and its conditions, a status's reason, a book's other levels. It
// travels as records of kind `note` directly in front of the tick, in the same bulk, so a reader gathers note bytes until
// the tick comes. The bytes are a list of (tag, length, UTF-8 text; of levels numbers).
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "wire/tick.hpp"

namespace tickcast::wire {

// The values are on file in journals.
enum class note_tag : std::uint8_t { id = 1, condition = 2, reason = 3, levels = 4, bar = 16 };

inline constexpr std::size_t note_bytes = 56;
inline constexpr std::size_t notes_max = 4;  // records a tick can bring: 224 bytes of ids and conditions

struct alignas(64) note {
  symbol_id symbol;
  record_kind kind;
  std::uint8_t length;
  std::uint8_t reserved[2];
  char bytes[note_bytes];
};

static_assert(sizeof(note) == sizeof(tick) && std::is_trivially_copyable_v<note>);
static_assert(offsetof(note, kind) == offsetof(tick, kind), "a record is told from another by its kind");

// The strings of one tick, gathered or to be sent. Fixed storage: nothing is allocated on the way of a tick.
class notes {
 public:
  bool empty() const { return used_ == 0; }
  std::string_view bytes() const { return {bytes_, used_}; }
  void clear() { used_ = 0; }

  // False when there is no room left for it.
  bool add(note_tag tag, std::string_view text) {
    if (text.size() > 255 || used_ + 2 + text.size() > sizeof bytes_) return false;
    bytes_[used_++] = static_cast<char>(tag);
    bytes_[used_++] = static_cast<char>(text.size());
    std::memcpy(bytes_ + used_, text.data(), text.size());
    used_ += text.size();
    return true;
  }

  void gather(const note& from) {
    const std::size_t length = std::min<std::size_t>(from.length, sizeof bytes_ - used_);
    std::memcpy(bytes_ + used_, from.bytes, length);
    used_ += length;
  }

  // Calls `put(note)` for each record that carries these strings.
  template <class Put>
  void split(symbol_id symbol, Put put) const {
    for (std::size_t at = 0; at < used_; at += note_bytes) {
      note out{};
      out.symbol = symbol;
      out.kind = record_kind::note;
      out.length = static_cast<std::uint8_t>(std::min(note_bytes, used_ - at));
      std::memcpy(out.bytes, bytes_ + at, out.length);
      put(out);
    }
  }

 private:
  std::size_t used_ = 0;
  char bytes_[notes_max * note_bytes];
};

// Calls `see(tag, text)` for each string in `bytes`; stops at the first that is cut short.
template <class See>
void each_note(std::string_view bytes, See see) {
  while (bytes.size() >= 2) {
    const auto tag = static_cast<note_tag>(bytes[0]);
    const std::size_t length = static_cast<unsigned char>(bytes[1]);
    if (bytes.size() < 2 + length) return;
    see(tag, bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
}

}  // namespace tickcast::wire
