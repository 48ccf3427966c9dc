#include "wire/merge.hpp"

namespace tickcast::wire {

bool merge::add(const tick& t, std::string_view notes) {
  if (empty()) {
    newest_ = t;
    first_ = t.n;
    count_ = 1;
    arrived_ns_ = t.arrived_ns;
    began_ns_ = t.venue_ns;
    notes_.assign(notes);
    if (t.kind == record_kind::trade) {
      open_ = high_ = low_ = {t.trade.price, t.price_exponent};
      volume_ = {t.trade.size, t.size_exponent};
    }
    return true;
  }
  if (view()) return add_view(t, notes, 1);
  if (t.n != newest_.n + 1) return false;
  if (t.kind == record_kind::trade) {
    const auto volume = wire::add(volume_, {t.trade.size, t.size_exponent});
    if (!volume) return false;
    volume_ = *volume;
    const decimal price{t.trade.price, t.price_exponent};
    if (compare(price, high_) > 0) high_ = price;
    if (compare(price, low_) < 0) low_ = price;
  }
  newest_ = t;
  ++count_;
  if (t.kind == record_kind::status) notes_.assign(notes);
  return true;
}

// An open bar grows until it is closed.
bool merge::add_view(const tick& t, std::string_view notes, std::uint64_t count) {
  const bool bars = is_bars(channel_of(t.kind));
  if (event() || (bars && (t.venue_ns != newest_.venue_ns || t.state == bar_state::revised))) return false;
  newest_ = t;
  notes_.assign(notes);
  count_ += count;
  return true;
}

bool merge::add(const merge& later) {
  if (later.empty()) return true;
  if (empty()) {
    *this = later;
    return true;
  }
  if (view()) return add_view(later.newest_, later.notes_, later.count_);
  if (later.first_ != newest_.n + 1) return false;
  if (newest_.kind == record_kind::trade) {
    const auto volume = wire::add(volume_, later.volume_);
    if (!volume) return false;
    volume_ = *volume;
    if (compare(later.high_, high_) > 0) high_ = later.high_;
    if (compare(later.low_, low_) < 0) low_ = later.low_;
  }
  newest_ = later.newest_;
  if (newest_.kind == record_kind::status) notes_.assign(later.notes_);
  count_ += later.count_;
  return true;
}

}  // namespace tickcast::wire
