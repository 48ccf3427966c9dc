#include "fanout/merge_class.hpp"

#include <algorithm>
#include <utility>

#include "fanout/topic.hpp"

namespace tickcast::fanout {

// The open stretch is closed, and an empty one takes its place.
void merge_class::cut() {
  if (closed_ == stretches_.size()) stretches_.emplace_back();
  std::swap(stretches_[closed_++], open_);
}

// Of a view the newest state counts; but the end of a bar, and a change after it, are told each for themselves.
void merge_class::add_view(const wire::tick& t, std::string_view notes) {
  if (!open_.merged.add(t, notes)) {
    cut();
    open_.merged.add(t, notes);
  }
  for (fresh_seat& f : open_.fresh) f.since.add(t, notes);
}

void merge_class::add(const wire::tick& t, std::string_view notes) {
  if (wire::is_view(home.channel)) return add_view(t, notes);
  const bool room = interval_ms == 0 || closed_ < stretches_max;
  if (room && open_.merged.ends_before(t.venue_ns, bar_ns_)) cut();
  if (!open_.merged.add(t, notes)) {  // the volume has no room
    cut();
    open_.merged.add(t, notes);
  }
  for (fresh_seat& f : open_.fresh) f.since.add(t, notes);
}

void merge_class::send_oldest(turn& t, std::string_view symbol) {
  stretch& part = closed_ ? stretches_.front() : open_;
  if (!seats_.empty()) {
    const fragment_index f = t.add_merge(symbol, t.take(part.merged), seats_in_.in_use());
    for (const seat& s : seats_) s.who->due(f, t);
  }
  for (fresh_seat& f : part.fresh) {
    outbox& who = *f.who.who;
    if (!f.since.empty()) who.due(t.add_merge(symbol, t.take(f.since), who.encoding()), t);
    f.who.what->fresh = false;
    seat_down(f.who);
  }
  part.fresh.clear();
  part.merged.clear();
  if (closed_) std::rotate(stretches_.begin(), stretches_.begin() + 1, stretches_.begin() + static_cast<std::ptrdiff_t>(closed_--));
}

// All of a view that is due goes out at once: what ended must not wait for another interval.
void merge_class::send_all(turn& t, std::string_view symbol) {
  while (pending()) {
    if (wire::is_view(home.channel)) sent_ = (closed_ ? stretches_.front() : open_).merged.last();
    send_oldest(t, symbol);
  }
}

void merge_class::join(outbox& who, subscription& s) {
  s.shared = this;
  s.fresh = pending();
  if (!s.fresh) return seat_down({&who, &s});
  s.seat = static_cast<std::uint32_t>(open_.fresh.size());
  open_.fresh.push_back({{&who, &s}, {}});
}

void merge_class::leave(subscription& s) {
  if (!s.fresh) {
    seats_in_.went(seats_[s.seat].who->encoding());
    return stand_up(seats_, s.seat);
  }
  if (drop_fresh(open_, s)) return;
  for (std::size_t i = 0; i < closed_; ++i)
    if (drop_fresh(stretches_[i], s)) return;
}

bool merge_class::drop_fresh(stretch& from, subscription& s) {
  if (!from.holds(s)) return false;
  if (s.seat + 1 < from.fresh.size()) {
    from.fresh[s.seat] = std::move(from.fresh.back());
    from.fresh[s.seat].who.what->seat = s.seat;
  }
  from.fresh.pop_back();
  return true;
}

bool merge_class::unused() const {
  bool any = !seats_.empty();
  each_stretch([&](const stretch& part) { any |= !part.fresh.empty(); });
  return !any;
}

}  // namespace tickcast::fanout
