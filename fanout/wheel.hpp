#pragma once
// One timing wheel a shard: 8,192 slots of a millisecond, intrusive, so a timer costs two pointers and arming it
// neither allocates nor sorts. Deadlines beyond one turn of the wheel stay in their slot until their turn comes.
//
// It does not sleep and knows no clock: the shard tells it the time.
#include <array>
#include <cstdint>
#include <optional>

namespace tickcast::fanout {

class wheel {
 public:
  class timer {
   public:
    timer() = default;
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;
    bool armed() const { return home_ != nullptr; }

   protected:
    ~timer() {
      if (home_) home_->disarm(*this);
    }

   private:
    friend class wheel;
    virtual void due(std::int64_t now_ns) = 0;  // disarmed when called; may arm itself anew
    wheel* home_ = nullptr;
    timer* next_ = nullptr;
    timer* before_ = nullptr;
    std::int64_t at_ms_ = 0;
  };

  explicit wheel(std::int64_t now_ns) : now_ms_(now_ns / 1'000'000) {}

  void arm(timer& t, std::int64_t at_ns) {
    if (t.home_) disarm(t);
    // Rounded up: never early. What is due already comes at the next advance.
    std::int64_t at = (at_ns + 999'999) / 1'000'000;
    if (at <= now_ms_) at = now_ms_ + 1;
    t.at_ms_ = at;
    t.home_ = this;
    timer*& slot = slots_[slot_of(at)];
    t.before_ = nullptr;
    t.next_ = slot;
    if (slot) slot->before_ = &t;
    slot = &t;
    marks_[slot_of(at) / 64] |= std::uint64_t{1} << slot_of(at) % 64;
  }

  void disarm(timer& t) {
    if (!t.home_) return;
    (t.before_ ? t.before_->next_ : slots_[slot_of(t.at_ms_)]) = t.next_;
    if (t.next_) t.next_->before_ = t.before_;
    if (running_ == &t) running_ = t.next_;
    if (!slots_[slot_of(t.at_ms_)]) marks_[slot_of(t.at_ms_) / 64] &= ~(std::uint64_t{1} << slot_of(t.at_ms_) % 64);
    t.home_ = nullptr;
  }

  void advance(std::int64_t now_ns) {
    const std::int64_t target = now_ns / 1'000'000;
    // After a pause longer than a turn of the wheel, every slot is visited once, which finds all that is due.
    if (target - now_ms_ > size) now_ms_ = target - size;
    while (now_ms_ < target) {
      ++now_ms_;
      for (running_ = slots_[slot_of(now_ms_)]; running_;) {
        timer& t = *running_;
        running_ = t.next_;
        if (t.at_ms_ > target) continue;  // a later round
        disarm(t);
        t.due(now_ns);
      }
    }
  }

  // When the next slot that holds something comes round: a time to wake, maybe for nothing.
  std::optional<std::int64_t> next_ns() const {
    for (std::int64_t i = 1; i <= size;) {
      const std::size_t slot = slot_of(now_ms_ + i);
      const std::uint64_t rest = marks_[slot / 64] >> slot % 64;
      if (rest) {
        i += __builtin_ctzll(rest);
        return i <= size ? std::optional{(now_ms_ + i) * 1'000'000} : std::nullopt;
      }
      i += 64 - static_cast<std::int64_t>(slot % 64);
    }
    return std::nullopt;
  }

 private:
  static constexpr std::int64_t size = 8192;
  static std::size_t slot_of(std::int64_t ms) { return static_cast<std::size_t>(ms & (size - 1)); }

  std::int64_t now_ms_;
  timer* running_ = nullptr;
  std::array<timer*, size> slots_{};
  std::array<std::uint64_t, size / 64> marks_{};
};

}  // namespace tickcast::fanout
