#pragma once
// The messages of one flush, joined as their encoding wants it (JSON as an array, SBE one behind the other) with room for
// a frame's header in front: the one place where a message is copied on its way out. It is filled, sent, perhaps to
// several clients, and filled again. If one of them wants it compressed, it keeps that form too.
#include <string_view>

#include "wire/deflate.hpp"
#include "wire/encoding.hpp"
#include "wire/frame.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

// The unit of a flush: one TLS record, one send. What a client has not taken of one unit waits, so what waits in front
// of a control message is never more than this (a single larger message aside).
inline constexpr std::size_t flush_unit = 16 * 1024 - 64;

class batch {
 public:
  void begin(wire::encoding as = wire::encoding::json) {
    encoding_ = as;
    between_ = as == wire::encoding::json;
    leave_header(text_);
    count_ = 0;
    finished_ = false;
    deflated_bits_ = 0;
  }
  void add(std::string_view message) { open().add(message); }
  // For a message that is encoded straight into the frame.
  wire::text& open() {
    put(count_++ ? ',' : '[');
    return text_;
  }
  std::size_t count() const { return count_; }
  std::size_t size() const { return text_.size(); }
  bool full() const { return text_.size() >= flush_unit; }
  bool fits(std::size_t more) const { return count_ == 0 || text_.size() + more + 2 <= flush_unit; }

  wire::encoding encoding() const { return encoding_; }  // of all that is in it

  // Ends the array, if it is one and not ended yet.
  std::string_view finish() {
    if (!std::exchange(finished_, true)) put(']');
    return payload(text_);
  }
  // The whole frame, header included.
  std::string_view frame(wire::opcode op) { return finish(), framed(text_, op, false); }
  std::string_view deflated_frame(wire::opcode op, wire::deflater& deflater, int bits) {
    if (std::exchange(deflated_bits_, bits) != bits) {
      leave_header(deflated_);
      deflater.compress(finish(), bits, deflated_);
    }
    return framed(deflated_, op, true);
  }

 private:
  // What stands between messages is written in any case, and counts where the encoding has it: no branch a message.
  void put(char c) {
    char* const to = text_.room(1);
    *to = c;
    text_.wrote(to + between_);
  }
  static void leave_header(wire::text& in) {
    in.clear();
    in.wrote(in.room(wire::frame_header_max) + wire::frame_header_max);
  }
  static std::string_view payload(const wire::text& of) { return of.view(wire::frame_header_max, of.size() - wire::frame_header_max); }
  static std::string_view framed(wire::text& of, wire::opcode op, bool deflated) {
    char* const begin = wire::write_frame_header(of.data() + wire::frame_header_max, payload(of).size(), op, deflated);
    return {begin, static_cast<std::size_t>(of.data() + of.size() - begin)};
  }

  wire::text text_, deflated_;
  std::size_t between_ = 1;
  wire::encoding encoding_ = wire::encoding::json;
  std::size_t count_ = 0;
  bool finished_ = false;
  int deflated_bits_ = 0;  // 0: not compressed yet
};

}  // namespace tickcast::fanout
