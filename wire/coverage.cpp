#include "wire/coverage.hpp"

#include <algorithm>
#include <limits>

namespace tickcast::wire {
namespace {

using first = acknowledged::first;

constexpr sequence no_end = std::numeric_limits<sequence>::max();

std::string number(sequence n) { return std::to_string(n); }
std::string span(sequence from, sequence to) { return from == to ? number(from) : number(from) + "…" + number(to); }

}  // namespace

std::string coverage::subscribe(const terms& how, const acknowledged& a) {
  const bool again = std::exchange(subscribed_, true);
  if (a.n && next_ > *a.n + 1)
    return "ack: n is " + number(*a.n) + " where " + number(next_ - 1) + " was delivered before";
  if (a.n && a.resumed && a.begins == first::replay && *a.resumed > *a.n)
    return "resume: recovered from " + number(*a.resumed) + ", and n is only " + number(*a.n);
  if (again) {
    // What the earlier options brought about may stand in front of what this acknowledgement announces.
    const sequence until = a.n.value_or(no_end);
    // Of a capture nobody knows what `on_slow` was.
    if (!how_.every() || how_.on_slow.value_or(slow_policy::latest) == slow_policy::latest || merged_until_ == no_end)
      merged_until_ = until;
    if (how_.on_slow.value_or(slow_policy::gap) == slow_policy::gap || gaps_until_ == no_end) gaps_until_ = until;
    unmarked_ = !a.n && a.begins == first::live;
  }
  how_ = how;
  if (a.resumed || !again) resumed_ = a.resumed;
  const bool anywhere_before = again && next_ == 0 && anywhere_;
  if (a.n) acknowledged_ = *a.n;
  if (a.begins == first::replay) {
    const sequence n = *a.n;
    anywhere_ = anywhere_before || !a.resumed;
    if (!again) {
      if (a.resumed) next_ = *a.resumed + 1;
      replay_until_ = n;
    } else if (!a.resumed || *a.resumed < n) {
      promises_.push_back({first::replay, n, a.resumed.value_or(no_end), false});
    }
    return {};
  }
  replay_until_ = 0;
  if (a.begins == first::live) {
    if (!again && a.n) next_ = *a.n + 1;
    anywhere_ = anywhere_before || !a.n;
  } else if (a.begins == first::perhaps || !a.n) {
    anywhere_ = anywhere_before || (a.begins == first::perhaps && !a.n);
    if (a.n != sequence{0}) {
      promises_.push_back({first::perhaps, a.n.value_or(0), 0, !again});
    } else if (!again) {
      next_ = 1;
    }
  } else if (*a.n > 0) {
    promises_.push_back({first::snapshot, *a.n, 0, !again});
  } else if (!again) {
    next_ = 1;
  }
  return {};
}

std::string coverage::take(const market_message& m) {
  if (m.kind == market_kind::book && m.snapshot && promised_book(m)) {
    if (next_ != 0 && (m.first > next_ || m.last + 1 < next_))
      return "coverage: the book of " + span(m.first, m.last) + " came where " + number(next_) + " was due";
    next_ = m.last + 1;
    return {};
  }
  // Shown once more as it is: which of several acknowledgements of `*` it belongs to cannot be told.
  if (m.kind == market_kind::book && m.snapshot && next_ == m.last + 1) return {};
  if (m.snapshot && m.kind != market_kind::book) return snapshot(m.last);
  if (std::string fault = settle_before(m); !fault.empty()) return fault;
  if (next_ == 0) {
    if (std::string fault = begin_with(m); !fault.empty()) return fault;
    next_ = m.first;
    // It has begun without a snapshot, so none of those that `*` may bring is to come.
    if (!promises_.empty() && promises_.front().n == 0 && promises_.front().begins) promises_.erase(promises_.begin());
  }
  if (m.first < next_)
    return "coverage: " + span(m.first, m.last) + " came where " + number(next_) + " was due: " +
           span(m.first, std::min(m.last, next_ - 1)) + " is covered twice";
  if (m.first > next_)
    return "coverage: " + span(m.first, m.last) + " came where " + number(next_) + " was due: " +
           span(next_, m.first - 1) + " is missing";
  next_ = m.last + 1;
  return allowed(m);
}

// ---- snapshots ----

// Whether a book is the one that an acknowledgement has announced. Others replace what was there, in the middle of a stream.
bool coverage::promised_book(const market_message& m) {
  for (const sequence n : {m.last, sequence{0}}) {  // one that has its number, else one that has none
    const auto kept = std::find_if(promises_.begin(), promises_.end(),
                                   [n](const promise& p) { return p.what != first::replay && p.n == n; });
    if (kept == promises_.end()) continue;
    promises_.erase(promises_.begin(), kept + 1);
    return true;
  }
  return false;
}

// Which of the promises it keeps is told by its number; `*` gives none, and of a stream that had nothing it brings none.
std::string coverage::snapshot(sequence n) {
  std::erase_if(promises_, [](const promise& p) { return p.what == first::replay; });
  const bool repeated = repeats_ > 0 && n <= repeated_;
  std::size_t unnumbered = 0;
  for (std::size_t i = 0; i < promises_.size(); ++i) {
    const promise& p = promises_[i];
    if (p.n == 0) {
      ++unnumbered;
    } else if (p.n == n) {
      // Those before it are kept or void. When nothing was traded in between, all of them show the same.
      promises_.erase(promises_.begin(), promises_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      repeats_ = unnumbered + (n == repeated_ ? repeats_ : 0);
      repeated_ = n;
      return snapshot_complete(n);
    } else if (p.n > n && !repeated) {
      if (unnumbered == 0 && n <= shown_) return "snapshot: it shows " + number(n) + " after " + number(shown_);
      shown_ = n;
      return {};
    }
  }
  if (repeated) {
    if (n == repeated_) --repeats_;
    return {};
  }
  if (unnumbered > 0) {
    if (n <= shown_) {
      if (unnumbered == 1) return "snapshot: it shows " + number(n) + " after " + number(shown_);
      if (std::string fault = unnumbered_complete(); !fault.empty()) return fault;
    }
    shown_ = n;
    return {};
  }
  if (promises_.empty()) return "snapshot: " + number(n) + " comes as a snapshot that nobody asked for";
  return "snapshot: it shows " + number(n) + ", the acknowledgement said n " + number(promises_.back().n);
}

std::string coverage::snapshot_complete(sequence n) {
  shown_ = 0;
  if (next_ != 0 && next_ != n + 1)
    return "coverage: a snapshot of " + number(n) + " came where " + number(next_) + " was due: " +
           (next_ <= n ? span(next_, n) + " is missing" : "it was delivered before");
  next_ = n + 1;
  if (!promises_.empty() || unmarked_) return {};
  if (merged_until_ == no_end) merged_until_ = n;
  if (gaps_until_ == no_end) gaps_until_ = n;
  return {};
}

// The first of those that `*` announced ended with what it showed last.
std::string coverage::unnumbered_complete() {
  promises_.erase(std::find_if(promises_.begin(), promises_.end(), [](const promise& p) { return p.n == 0; }));
  return snapshot_complete(shown_);
}

// ---- live ----

// What had to come before this message.
std::string coverage::settle_before(const market_message& m) {
  repeats_ = 0;
  for (std::size_t i = 0; i < promises_.size();) {
    const promise due = promises_[i];
    bool over = m.last > due.n;
    if (due.what == first::replay) {
      const bool known = due.after != no_end;
      const bool begins = known ? m.first == due.after + 1 && m.first != next_ : m.first < next_ && m.first <= due.n;
      if (begins) next_ = m.first;
      over |= begins;
    } else if (due.n == 0) {  // begin_with knows what must be when there was none
      if (shown_ != 0 && i == 0) {
        if (std::string fault = unnumbered_complete(); !fault.empty()) return fault;
        continue;
      }
      over = false;
    } else if (due.what == first::snapshot) {
      if (over || (next_ == 0 && due.begins))
        return "snapshot: " + span(m.first, m.last) + " came before the snapshot of " + number(due.n);
    } else if (next_ == 0 && due.begins) {
      if (shown_ != 0)
        return "snapshot: " + span(m.first, m.last) + " came before the snapshot had reached " + number(due.n);
      next_ = due.n + 1;
    }
    if (over) {
      promises_.erase(promises_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return {};
}

// The first message of a stream of which no number is known yet.
std::string coverage::begin_with(const market_message& m) {
  if (replay_until_ != 0 || acknowledged_ != 0) {  // resumed by a client whose command is not known
    if (m.first > acknowledged_ + 1)
      return "coverage: " + span(m.first, m.last) + " came first, the acknowledgement said n " + number(acknowledged_);
    return {};
  }
  if (anywhere_ || m.first == 1 || (resumed_ && m.first == *resumed_ + 1)) return {};
  return "snapshot: " + span(m.first, m.last) + " came first, without a snapshot before it";
}

std::string coverage::allowed(const market_message& m) {
  if (m.kind == market_kind::gap) {
    if (m.why != gap_why::slow_consumer)
      return m.first <= replay_until_ ? "resume: a hole in what was recovered" : std::string{};
    const bool asked = how_.every() && how_.on_slow.value_or(slow_policy::gap) == slow_policy::gap;
    return asked || m.last <= gaps_until_ ? std::string{}
                                          : "gap: slow_consumer in a stream that is not to be dropped when slow";
  }
  if (!m.merged) {
    if (!slow_->now) clean_ = slow_->ended;
    return {};
  }
  if (!how_.every() || m.last <= merged_until_) return {};
  const bool may_turn = how_.on_slow.value_or(slow_policy::latest) == slow_policy::latest;
  if (may_turn && (slow_->now || clean_ != slow_->ended)) return {};
  return "merge: " + span(m.first, m.last) + " came merged in a stream of every message";
}

// ---- heartbeats ----

std::string coverage::heartbeat(sequence n, std::int64_t t_us) {
  if (const sequence had = delivered().value_or(0); had > n)
    return "heartbeat: it says " + number(n) + " where " + number(had) + " was delivered";
  beat_ = n;
  beat_us_ = t_us;
  return {};
}

std::string coverage::heartbeat_over() {
  const sequence had = delivered().value_or(0);
  const auto lost = [&](sequence n) {
    return "heartbeat: it says " + number(n) + " and " +
           (had ? number(had) + " was the last to come: " : std::string{"nothing came: "}) + span(had + 1, n) + " is lost";
  };
  const bool knowable = had != 0 || !anywhere_;
  // What an interval holds back is under way until it is over.
  if (how_.interval_ms == 0) return knowable && beat_ > had ? lost(beat_) : std::string{};
  const std::int64_t interval_us = std::int64_t{how_.interval_ms} * 1000;
  if (knowable && beat_before_ > had && beat_us_ >= interval_us && beat_us_ - interval_us >= beat_before_us_)
    return lost(beat_before_);
  if (beat_before_ <= had) {
    beat_before_ = beat_;
    beat_before_us_ = beat_us_;
  }
  return {};
}

std::optional<sequence> coverage::delivered() const {
  if (next_ != 0) return next_ - 1;
  return shown_ != 0 ? std::optional{shown_} : std::nullopt;
}

bool coverage::owes() const {
  if (next_ != 0 && next_ <= replay_until_) return true;
  for (const promise& p : promises_)
    if (p.what == first::snapshot) return true;
  return false;
}

}  // namespace tickcast::wire
