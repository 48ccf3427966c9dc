#pragma once
// Bytes as they come, in chunks of any size, to lines. The reader writes straight into `room()`, so a whole line is
// never copied; only the piece of a line at the end of a chunk moves to the front of the buffer.
//
// A line ends with LF or CR LF, the last one also with the input. Blank lines are counted and left out, a UTF-8 byte
// order mark at the very start is skipped, and of a line beyond `line_max` only the fact is told. However the input is
// cut into chunks, the lines are the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tickcast::feed {

inline constexpr std::size_t line_max = 64 * 1024;   // bytes, its end not counted
inline constexpr std::size_t chunk_max = 64 * 1024;  // read at once: what one turn of a source costs

class line_splitter {
 public:
  struct line {
    std::string_view text;     // valid until the next `room()`
    std::uint64_t number = 0;  // from 1
    bool too_long = false;     // then there is no text
  };

  // Where the next chunk goes: at least `chunk_max` bytes. All lines must have been taken.
  std::span<char> room() {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    looked_ -= begin_;
    begin_ = 0;
    return {buffer_.get() + end_, chunk_max};
  }
  void filled(std::size_t bytes) { end_ += bytes; }
  // The input has ended; what is left is the last line.
  void finish() { finished_ = true; }
  // Starts anew, as for another input.
  void reset() {
    begin_ = looked_ = end_ = 0;
    number_ = 0;
    finished_ = skipping_ = false;
  }

  std::optional<line> next() {
    while (auto found = cut()) {
      if (found->too_long || found->text.find_first_not_of(" \t") != std::string_view::npos) return found;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t tail_max = line_max + 1;  // an unfinished line may still be one of line_max and a CR

  std::optional<line> cut() {
    for (;;) {
      const char* from = buffer_.get();
      const auto* stop = static_cast<const char*>(std::memchr(from + looked_, '\n', end_ - looked_));
      if (!stop && !(finished_ && begin_ != end_)) return unfinished();
      const std::size_t to = stop ? static_cast<std::size_t>(stop - from) : end_;
      std::string_view text{from + begin_, to - begin_};
      begin_ = looked_ = stop ? to + 1 : end_;
      if (skipping_) {  // its end: it was told of already
        skipping_ = false;
        continue;
      }
      ++number_;
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.size() > line_max) return line{{}, number_, true};
      if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      return line{text, number_, false};
    }
  }

  // No end in sight: a line that is too long already is told of at once and not kept.
  std::optional<line> unfinished() {
    looked_ = end_;
    const std::size_t size = end_ - begin_;
    const bool may_fit = size <= line_max || (size == tail_max && buffer_[end_ - 1] == '\r');
    if (!skipping_ && may_fit) return std::nullopt;
    begin_ = end_;
    if (skipping_) return std::nullopt;
    skipping_ = true;
    return line{{}, ++number_, true};
  }

  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(tail_max + chunk_max);
  std::size_t begin_ = 0;   // of the line that is not yet taken
  std::size_t looked_ = 0;  // no end of line before this
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool finished_ = false;
  bool skipping_ = false;
};

}  // namespace tickcast::feed
