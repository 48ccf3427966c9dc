#pragma once
// A growing run of bytes that encoders write to: like std::string, but reserve-then-write, so that a whole message
// pays one capacity check, and clearing keeps the memory.
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "wire/decimal.hpp"

namespace tickcast::wire {

class text {
 public:
  text() = default;
  text(text&& other) noexcept : data_(std::move(other.data_)), size_(other.size_), capacity_(other.capacity_) {
    other.size_ = other.capacity_ = 0;
  }
  text& operator=(text&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const char* data() const { return data_.get(); }
  char* data() { return data_.get(); }
  std::string_view view() const { return {data_.get(), size_}; }
  std::string_view view(std::size_t from, std::size_t length) const { return {data_.get() + from, length}; }
  void clear() { size_ = 0; }
  void shrink(std::size_t size) { size_ = size; }

  // Room for `more` bytes at the end, to be written through the pointer and then counted by `wrote`.
  char* room(std::size_t more) {
    if (size_ + more > capacity_) grow(size_ + more);
    return data_.get() + size_;
  }
  void wrote(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  text& add(std::string_view bytes) {
    char* to = room(bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    size_ += bytes.size();
    return *this;
  }
  text& add(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }
  text& add_integer(std::int64_t value) { return add_number(value); }
  text& add_count(std::uint64_t value) { return add_number(value); }
  text& add_decimal(decimal value) {
    wrote(write_decimal(room(decimal_text_max), value.mantissa, value.exponent));
    return *this;
  }
  // As a JSON string, quotes included. The bytes must be UTF-8.
  text& add_quoted(std::string_view bytes);

 private:
  template <class Number>
  text& add_number(Number value) {
    char* to = room(20);
    wrote(std::to_chars(to, to + 20, value).ptr);
    return *this;
  }
  void grow(std::size_t least);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tickcast::wire
