#include "wire/view_course.hpp"

#include <algorithm>

namespace tickcast::wire {
namespace {

std::string at(const market_message& m) { return std::to_string(m.t_us); }

}  // namespace

std::string view_course::subscribe(const terms& how, const acknowledged& a) {
  again_ = std::exchange(subscribed_, true);
  how_ = how;
  if (a.n && *a.n < told_) return "ack: n is " + std::to_string(*a.n) + " where " + std::to_string(told_) + " was delivered before";
  if (a.begins == acknowledged::first::replay) return "resume: a view of the trades cannot be recovered";
  if (a.n) acknowledged_ = std::max(acknowledged_, *a.n);
  due_ = a.begins == acknowledged::first::snapshot && a.n.value_or(0) > 0;
  may_come_ = due_ || !a.n || a.begins == acknowledged::first::perhaps;
  showing_ = false;
  return {};
}

std::string view_course::take(const market_message& m) {
  std::string fault;
  if (m.kind == market_kind::gap) {
    const bool asked = how_.every() && how_.on_slow.value_or(slow_policy::gap) == slow_policy::gap;
    if (m.why == gap_why::slow_consumer && !asked && !again_)
      return "gap: slow_consumer in a stream that is not to be dropped when slow";
    newest_.reset();  // its end may have been among what is gone
  } else if (m.snapshot) {
    fault = snapshot(m);
  } else {
    if (due_ && !again_) return "snapshot: " + at(m) + " came before the snapshot";
    if (showing_) may_come_ = showing_ = false;
    fault = goes_on(m);
  }
  told_ = std::max(told_, m.last);
  if (m.kind == market_kind::gap || m.revised) return fault;
  newest_ = m;
  newest_->symbol = {};
  return fault;
}

std::string view_course::snapshot(const market_message& m) {
  if (!may_come_) return "snapshot: " + at(m) + " comes as a snapshot that nobody asked for";
  if (m.revised) return "snapshot: " + at(m) + " is revised, where it is told for the first time";
  if (m.kind == market_kind::bar && std::exchange(showing_, true) && newest_) {
    if (m.t_us <= newest_->t_us) return "snapshot: " + at(m) + " comes after " + at(*newest_);
    if (!newest_->closed) return "snapshot: " + at(*newest_) + " is open, and not the last";
  }
  due_ = false;
  return {};
}

std::string view_course::goes_on(const market_message& m) const {
  if (m.kind == market_kind::stat || !newest_) return {};
  const market_message& before = *newest_;
  if (m.revised) return m.t_us == before.t_us && !before.closed ? "revision: " + at(m) + " is open" : std::string{};
  if (m.t_us < before.t_us) return "order: " + at(m) + " came after " + at(before) + " and is not revised";
  if (m.t_us > before.t_us)
    return before.closed ? std::string{} : "end: " + at(before) + " was not told to be over before " + at(m);
  if (before.closed) return "end: " + at(m) + " was over before";
  if (m.last < before.last || m.trades < before.trades) return "growth: " + at(m) + " has fewer trades than before";
  if (!m.exact || !before.exact) return {};
  if (compare(m.high, before.high) < 0 || compare(m.low, before.low) > 0 || compare(m.volume, before.volume) < 0)
    return "growth: " + at(m) + " has lost high, low or volume that it had";
  return {};
}

std::string view_course::heartbeat_over(sequence n) const {
  const sequence had = std::max(told_, acknowledged_);
  // What an interval holds back is under way until it is over.
  if (n <= had || how_.interval_ms > 0 || !subscribed_ || acknowledged_ == 0) return {};
  return "heartbeat: it says " + std::to_string(n) + " and " + std::to_string(had) + " was the last to come";
}

}  // namespace tickcast::wire
