#pragma once
// What changes among the best levels of a book while it changes as a whole: one that is pushed out of the depth goes, one
// that moves up into it comes. What was there before is remembered with it, so that a change that is undone before it was
// told is none.
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "wire/book_message.hpp"

namespace tickcast::fanout {

class depth_diff {
 public:
  explicit depth_diff(std::size_t depth) : depth_(depth) {}

  // `now` is the book after this step of it.
  void note(wire::book_side side, const wire::book::effect& done, const wire::book& now) {
    using kind = wire::book::effect::kind;
    if (done.what == kind::none || done.rank >= depth_) return;
    touch(side, done.now.price, done.before, done.now.size);
    if (done.what == kind::added && now.count(side) > depth_) {
      const wire::level& out = now.at(side, depth_);
      touch(side, out.price, out.size, {});
    }
    if (done.what == kind::removed && now.count(side) >= depth_) {
      const wire::level& in = now.at(side, depth_ - 1);
      touch(side, in.price, {}, in.size);
    }
  }

  // What has changed since the last call, the best first; false: nothing.
  bool finish(wire::book_message& to) {
    for (wire::book_side s : wire::book_sides) {
      auto& levels = to.of(s);
      auto& touched = touched_[wire::index_of(s)];
      levels.clear();
      for (const change& c : touched)
        if (c.before != c.now) levels.push_back({c.price, c.now});
      touched.clear();
      if (levels.size() > 1)
        std::sort(levels.begin(), levels.end(), [s](const wire::level& a, const wire::level& b) {
          const int order = wire::compare(a.price, b.price);
          return s == wire::book_side::bid ? order > 0 : order < 0;
        });
    }
    to.snapshot = false;
    return !to.bids.empty() || !to.asks.empty();
  }

 private:
  struct change {
    wire::decimal price, before, now;
  };

  void touch(wire::book_side s, wire::decimal price, wire::decimal before, wire::decimal now) {
    auto& touched = touched_[wire::index_of(s)];
    const auto same = std::find_if(touched.begin(), touched.end(), [&](const change& c) { return c.price == price; });
    if (same != touched.end()) {
      same->now = now;
    } else {
      touched.push_back({price, before, now});
    }
  }

  const std::size_t depth_;
  std::array<std::vector<change>, 2> touched_;
};

}  // namespace tickcast::fanout
