#include "wire/book_judge.hpp"

#include <algorithm>

namespace tickcast::wire {
namespace {

// One level of a list; false: it is none.
bool read_level(const json_value& item, level& to, bool& exact) {
  if (!item.is(json_kind::array)) return false;
  json_walk pair{item.raw};
  for (decimal* each : {&to.price, &to.size}) {
    if (!pair.next() || !pair.value().is(json_kind::number) || pair.value().raw.find_first_of("eE") != std::string_view::npos)
      return false;
    const auto value = parse_decimal(pair.value().raw);
    exact &= value.has_value();
    *each = value.value_or(decimal{});
  }
  return !pair.next();
}

}  // namespace

void book_judge::expect(std::size_t depth, sequence n) {
  if (depth_ == 0) depth_ = depth;
  changed_once_ |= depth != most();
  const bool unnumbered = n == 0 || (!awaited_.empty() && awaited_.back().n == 0);
  unsure_ |= unnumbered && (begun_ || !awaited_.empty()) && depth != most();
  awaited_.push_back({depth, n});
}

std::size_t book_judge::most() const {
  std::size_t most = changing_ ? std::max(depth_, depth_before_) : depth_;
  for (const promise& p : awaited_) most = std::max(most, p.depth);
  return most;
}

std::string book_judge::apply(book_side s, std::string_view levels, const market_message& m) {
  json_walk walk{levels};
  level before{};
  for (bool first = true; walk.next(); first = false) {
    level l;
    bool exact = true;
    if (!read_level(walk.value(), l, exact)) return "book: a level is no [price, size] of exact decimals";
    known_ &= exact;
    if (!known_) continue;
    if (l.size.mantissa < 0 || (m.snapshot && l.size.mantissa == 0)) return "book: a level has no size";
    const int order = first ? 0 : compare(before.price, l.price);
    if (!first && (s == book_side::bid ? order <= 0 : order >= 0)) return "book: its levels are not in order, the best first";
    before = l;
    if (levels_.apply(s, l.price, l.size).what == book::effect::kind::none)
      return "book: the level of " + to_text(l.price) + (l.size.mantissa ? " is told as it was" : " is removed, and was not there");
  }
  if (!walk.ok()) return "book: its levels are no list";
  if (known_ && depth_ && !unsure_ && levels_.count(s) > most())
    return "book: it has " + std::to_string(levels_.count(s)) + " levels a side, " + std::to_string(most()) + " were asked for";
  return {};
}

std::string book_judge::take(market_message& m) {
  const bool begins = !std::exchange(begun_, true);
  if (m.snapshot) {
    levels_.clear();
    known_ = true;
  } else if (gap_) {
    return "book: a change came behind a gap, where the book was due anew";
  } else if (begins) {
    known_ = m.first == 1;
    for (; known_ && !awaited_.empty(); awaited_.pop_front()) depth_ = awaited_.front().depth;
  }
  gap_ = false;
  const auto over = [&](const promise& p) { return m.snapshot ? p.n < m.last : p.n != 0 && p.n < m.first; };
  const auto go_by = [this] { depth_ = awaited_.front().depth, awaited_.pop_front(); };
  while (!awaited_.empty() && over(awaited_.front())) go_by();
  // Of several that nothing came between each is kept by a snapshot of its own.
  if (m.snapshot && !awaited_.empty() && awaited_.front().n == m.last) {
    if (!begins && awaited_.front().depth != depth_) {
      depth_before_ = changed_ == m.last ? std::max(depth_, depth_before_) : depth_;
      changed_ = m.last;
    }
    go_by();
  }
  changing_ = changed_ != 0 && changed_ == m.last;
  if (std::string fault = apply(book_side::bid, m.bids, m); !fault.empty()) return fault;
  if (std::string fault = apply(book_side::ask, m.asks, m); !fault.empty()) return fault;
  if (!known_) return {};
  if (levels_.crossed()) return "book: its bids are not below its asks";
  if (const std::uint32_t sum = levels_.sum(); sum != m.sum)
    return "book: its checksum is " + std::to_string(m.sum) + ", that of its levels " + std::to_string(sum);
  for (book_side s : book_sides)
    for (std::size_t i = 0; i < levels_.count(s); ++i) m.say(levels_.at(s, i).price, levels_.at(s, i).size);
  return {};
}

}  // namespace tickcast::wire
