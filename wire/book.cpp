#include "wire/book.hpp"

#include <algorithm>
#include <charconv>

#include <zlib.h>

namespace tickcast::wire {
namespace {

// Whether a level at `price` stands farther from the end than one at `other`.
bool worse(book_side s, decimal price, decimal other) {
  if (price.exponent == other.exponent)
    return s == book_side::bid ? price.mantissa < other.mantissa : price.mantissa > other.mantissa;
  const int order = compare(price, other);
  return s == book_side::bid ? order < 0 : order > 0;
}

decimal kept_form(decimal value) {
  value = normal(value);
  for (std::int64_t tenfold = 0; value.exponent > 0 && !__builtin_mul_overflow(value.mantissa, 10, &tenfold); --value.exponent)
    value.mantissa = tenfold;
  return value;
}

}  // namespace

// Where it stands among the levels, counted from the worst, or would have to.
std::size_t book::place_of(book_side s, decimal price, bool& there) const {
  const auto& levels = levels_[index_of(s)];
  // Near the best is where most things happen.
  std::size_t first = 0, last = levels.size();
  for (std::size_t step = 1; step < last; step *= 2) {
    if (worse(s, levels[last - step].price, price)) {
      first = last - step + 1;
      break;
    }
  }
  const auto at = std::lower_bound(levels.begin() + static_cast<std::ptrdiff_t>(first), levels.end(), price,
                                   [s](const level& l, decimal p) { return worse(s, l.price, p); });
  there = at != levels.end() && at->price == price;
  return static_cast<std::size_t>(at - levels.begin());
}

book::effect book::apply(book_side s, decimal price, decimal size) {
  auto& levels = levels_[index_of(s)];
  price = kept_form(price);
  size = kept_form(size);
  bool there = false;
  const std::size_t place = place_of(s, price, there);
  effect done;
  done.now = {price, size};
  if (there) {
    level& known = levels[place];
    done.rank = levels.size() - 1 - place;
    done.before = known.size;
    if (size.mantissa == 0) {
      done.what = effect::kind::removed;
      levels.erase(levels.begin() + static_cast<std::ptrdiff_t>(place));
    } else if (size != known.size) {
      done.what = effect::kind::changed;
      known.size = size;
    }
  } else if (size.mantissa != 0) {
    levels.insert(levels.begin() + static_cast<std::ptrdiff_t>(place), {price, size});
    done.what = effect::kind::added;
    done.rank = levels.size() - 1 - place;
  }
  return done;
}

decimal book::size_at(book_side s, decimal price) const {
  bool there = false;
  const std::size_t place = place_of(s, kept_form(price), there);
  return there ? levels_[index_of(s)][place].size : decimal{};
}

bool book::crossed() const {
  return count(book_side::bid) && count(book_side::ask) &&
         compare(at(book_side::bid, 0).price, at(book_side::ask, 0).price) >= 0;
}

void book::take_top(const book& of, std::size_t depth) {
  for (book_side s : book_sides) {
    const auto& from = of.levels_[index_of(s)];
    levels_[index_of(s)].assign(from.end() - static_cast<std::ptrdiff_t>(std::min(depth, from.size())), from.end());
  }
}

char* write_digits(char* to, decimal value) {
  if (value.exponent >= 0) return write_decimal(to, value.mantissa, value.exponent);
  return std::to_chars(to, to + 20, value.mantissa).ptr;
}

std::uint32_t book::sum(std::size_t depth) const {
  char text[2 * checked_levels * 2 * decimal_text_max];
  char* to = text;
  for (book_side s : {book_side::ask, book_side::bid}) {
    const std::size_t levels = std::min({count(s), depth, checked_levels});
    for (std::size_t i = 0; i < levels; ++i) to = write_digits(write_digits(to, at(s, i).price), at(s, i).size);
  }
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text), static_cast<uInt>(to - text)));
}

}  // namespace tickcast::wire
