#include "wire/book_tick.hpp"

#include <algorithm>

namespace tickcast::wire {
namespace {

// `value` on a finer exponent; false: it has no room.
bool scale(std::int64_t& value, int up) {
  for (; up > 0 && value != 0; --up)
    if (__builtin_mul_overflow(value, 10, &value)) return false;
  return true;
}

}  // namespace

// Brings what is packed to the finer exponent.
bool book_packer::put_on(std::int8_t& exponent, std::int8_t finer, std::int64_t packed::*a, std::int64_t packed::*b) {
  packed scaled[tick_levels_max];
  std::copy(levels_, levels_ + count_, scaled);
  for (std::size_t i = 0; i < count_; ++i)
    if (!scale(scaled[i].*a, exponent - finer) || (a != b && !scale(scaled[i].*b, exponent - finer))) return false;
  std::copy(scaled, scaled + count_, levels_);
  exponent = finer;
  return true;
}

bool book_packer::add(const level_step& s) {
  if (count_ == tick_levels_max) return false;
  // A zero has any exponent.
  const auto finest = [](std::int8_t exponent, decimal value, bool first) {
    return value.mantissa == 0 ? exponent : first ? value.exponent : std::min(exponent, value.exponent);
  };
  const bool first = count_ == 0;
  const std::int8_t prices = finest(price_exponent_, s.change.price, first);
  std::int8_t sizes = finest(size_exponent_, s.change.size, first);
  sizes = finest(sizes, s.before, first && s.change.size.mantissa == 0);
  packed p{s.change.price.mantissa, s.change.size.mantissa, s.before.mantissa};
  if (!scale(p.price, s.change.price.exponent - prices) || !scale(p.size, s.change.size.exponent - sizes)) return false;
  // What was there before is told by whoever told the size then; on an exponent that cannot hold it nothing goes.
  if (!scale(p.before, s.before.exponent - sizes)) return false;
  if (prices != price_exponent_ && !put_on(price_exponent_, prices, &packed::price, &packed::price)) return false;
  if (sizes != size_exponent_ && !put_on(size_exponent_, sizes, &packed::size, &packed::before)) return false;
  if (s.change.side == book_side::ask) asks_ = static_cast<std::uint16_t>(asks_ | 1u << count_);
  levels_[count_++] = p;
  return true;
}

void book_packer::finish(tick& to, notes& strings, book_part next) {
  to = {};
  to.kind = record_kind::book;
  to.price_exponent = price_exponent_;
  to.size_exponent = size_exponent_;
  to.book = {levels_[0].price, levels_[0].size, levels_[0].before, asks_, static_cast<std::uint8_t>(count_), part_, {}};
  if (count_ == 0) to.book.price = to.book.size = to.book.before = 0;
  strings.clear();
  if (count_ > 1)
    strings.add(note_tag::levels, {reinterpret_cast<const char*>(levels_ + 1), (count_ - 1) * sizeof(packed)});
  begin(next);
}

const char* book_tick_fault(const tick& t, std::string_view notes) {
  if (t.book.part > book_part::more || t.book.levels > tick_levels_max || t.book.asks >> t.book.levels != 0)
    return "it is no book's";
  std::size_t bytes = 0, others = 0;
  each_note(notes, [&](note_tag tag, std::string_view value) { tag == note_tag::levels ? bytes += value.size() : ++others; });
  const std::size_t due = t.book.levels > 1 ? (t.book.levels - std::size_t{1}) * 24 : 0;
  if (others || bytes != due) return "its levels are not all there";
  const char* fault = nullptr;
  each_level(t, notes, [&](const level_step& s) {
    if (s.change.size.mantissa < 0 || s.before.mantissa < 0) fault = "a size is negative";
  });
  return fault;
}

}  // namespace tickcast::wire
