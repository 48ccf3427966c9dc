#pragma once
// All `latest` subscriptions of one stream with the same interval: what comes is merged once, encoded once, and given to
// all of them. It is merged in stretches: a merge that spanned the edge of a bar could not be told apart by who builds
// bars from it, so at the edge a new stretch begins. Stretches are sent in order, one an interval, so what comes after an
// edge may wait an interval longer.
//
// When more edges come than intervals, as in a replay faster than time or with times that run back and forth, the rate
// goes before the bars: beyond `stretches_max` a merge spans what it must.
#include <cstdint>
#include <vector>

#include "fanout/interval_class.hpp"
#include "fanout/seat.hpp"
#include "fanout/tongues.hpp"
#include "fanout/turn.hpp"
#include "wire/merge.hpp"

namespace tickcast::fanout {

class merge_class final : public interval_class {
 public:
  merge_class(topic& t, std::uint32_t interval, std::vector<interval_class*>& ready_list)
      : interval_class(t, interval, ready_list) {}

  void add(const wire::tick& t, std::string_view notes);
  bool pending() const override { return !open_.merged.empty(); }
  // Gives the oldest stretch to everybody who was there when it began, what came since then to who joined in its middle.
  void send_oldest(turn& t, std::string_view symbol) override;
  void send_all(turn& t, std::string_view symbol) override;
  // Of a view: the last number that everybody was sent.
  wire::sequence sent() const { return sent_; }

  void join(outbox& who, subscription& s);
  void leave(subscription& s);
  bool unused() const;
  // Calls `see(merge)` for each part that this subscription has not been sent yet, oldest first.
  template <class See>
  void each_held(const subscription& s, See see) const {
    bool began = !s.fresh;
    each_stretch([&](const stretch& part) {
      if (began) {
        see(part.merged);
      } else if (part.holds(s)) {
        see(part.fresh[s.seat].since);
        began = true;
      }
    });
  }
  template <class See>
  void each_seat(See see) const {
    for (const seat& s : seats_) see(s);
    each_stretch([&](const stretch& part) {
      for (const fresh_seat& f : part.fresh) see(f.who);
    });
  }

 private:
  static constexpr std::size_t stretches_max = 4;

  // Joined in the middle of a stretch: merges for itself until that one is sent.
  struct fresh_seat {
    seat who;
    wire::merge since;
  };
  struct stretch {
    wire::merge merged;
    std::vector<fresh_seat> fresh;

    bool holds(const subscription& s) const { return s.seat < fresh.size() && fresh[s.seat].who.what == &s; }
  };

  template <class See>
  void each_stretch(See see) const {
    for (std::size_t i = 0; i < closed_; ++i) see(stretches_[i]);
    see(open_);
  }
  void cut();
  void add_view(const wire::tick& t, std::string_view notes);
  static bool drop_fresh(stretch& from, subscription& s);

  void seat_down(seat s) {
    sit_down(seats_, s);
    seats_in_.came(s.who->encoding());
  }

  const std::int64_t bar_ns_ = wire::whole_bar_ns(interval_ms);
  wire::sequence sent_ = 0;
  std::vector<seat> seats_;
  tongues seats_in_;
  std::vector<stretch> stretches_;  // the closed ones, oldest first, and behind them what may be used again
  std::size_t closed_ = 0;
  stretch open_;                    // empty only if all was sent
};

}  // namespace tickcast::fanout
