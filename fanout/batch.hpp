#pragma once
// The messages of one flush to one client, joined into a JSON array with room for a frame's header in front: the one
// place where a message is copied on its way out. One a shard; it is filled, sent, and filled again.
#include <string_view>

#include "wire/frame.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

// The unit of a flush: one TLS record, one send. What a client has not taken of one unit waits, so what waits in front
// of a control message is never more than this (a single larger message aside).
inline constexpr std::size_t flush_unit = 16 * 1024 - 64;

class batch {
 public:
  void begin() {
    text_.clear();
    text_.wrote(text_.room(wire::frame_header_max) + wire::frame_header_max);
    count_ = 0;
  }
  void add(std::string_view message) { open().add(message); }
  // For a message that is encoded straight into the frame.
  wire::text& open() {
    text_.add(count_++ ? ',' : '[');
    return text_;
  }
  std::size_t count() const { return count_; }
  std::size_t size() const { return text_.size(); }
  bool full() const { return text_.size() >= flush_unit; }
  bool fits(std::size_t more) const { return count_ == 0 || text_.size() + more + 2 <= flush_unit; }

  // Ends the array; the payload's first `frame_header_max` bytes before it may be written to.
  std::string_view finish() {
    text_.add(']');
    return {text_.data() + wire::frame_header_max, text_.size() - wire::frame_header_max};
  }
  char* payload() { return text_.data() + wire::frame_header_max; }

 private:
  wire::text text_;
  std::size_t count_ = 0;
};

}  // namespace tickcast::fanout
