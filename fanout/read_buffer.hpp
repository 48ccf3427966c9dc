#pragma once
// What Beast reads a client's message into. It asks for 1.5 KB before there is a first byte, and each idle connection
// would hold that; so while nothing is there, this says that it has room for a short command. More comes with the rest of a
// longer one, and is given back when the message is done.
#include <cstddef>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>

namespace tickcast::fanout {

class read_buffer {
  using bytes = boost::beast::flat_buffer;

 public:
  // ---- DynamicBuffer: for Beast ----
  using const_buffers_type = bytes::const_buffers_type;
  using mutable_buffers_type = bytes::mutable_buffers_type;

  std::size_t size() const { return bytes_.size(); }
  // No bound, only what Beast should ask for next: how long a message may be is its own setting.
  std::size_t max_size() const { return size() ? bytes_.max_size() : at_rest; }
  std::size_t capacity() const { return bytes_.capacity(); }
  const_buffers_type data() const { return bytes_.cdata(); }
  mutable_buffers_type prepare(std::size_t more) { return bytes_.prepare(more); }
  void commit(std::size_t more) { bytes_.commit(more); }
  void consume(std::size_t some) { bytes_.consume(some); }

  std::string_view view() const { return {static_cast<const char*>(bytes_.cdata().data()), size()}; }
  void clear() {
    if (capacity() > at_rest) {
      bytes_ = bytes{};
    } else {
      bytes_.clear();
    }
  }

 private:
  static constexpr std::size_t at_rest = 112;

  bytes bytes_;
};

}  // namespace tickcast::fanout
