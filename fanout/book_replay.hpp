#pragma once
// What a client has missed of a book, told to it as it would have been: the book is taken back to the number that the
// client knows, and then each change is made again. Nothing is done before the first message is asked for.
#include <cstdint>
#include <memory>

#include "fanout/depth_diff.hpp"
#include "wire/answer.hpp"
#include "wire/excerpt.hpp"

namespace tickcast::fanout {

class book_replay {
 public:
  // `now` is the book after the last of `ticks`.
  book_replay(std::shared_ptr<const wire::book_copy> now, wire::excerpt ticks, std::uint16_t depth)
      : now_(std::move(now)), ticks_(std::move(ticks)), depth_(depth), diff_(depth) {}

  bool done() const { return ticks_.empty(); }
  std::size_t bytes() const { return ticks_.bytes(); }
  // The next thing to tell; there must be one, and the next call overwrites it.
  const wire::book_message& next();

 private:
  void begin();

  std::shared_ptr<const wire::book_copy> now_;
  wire::excerpt ticks_;
  const std::uint16_t depth_;
  depth_diff diff_;
  wire::book levels_;
  wire::book_message message_;
};

}  // namespace tickcast::fanout
