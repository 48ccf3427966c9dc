#pragma once
// For each symbol when, by the monotonic clock, the next of its bars is over: a heap with at most one entry a symbol, which
// knows where in it each stands.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "wire/tick.hpp"

namespace tickcast::feed {

class closing_times {
 public:
  // The earliest, or nothing.
  std::optional<std::int64_t> next_ns() const { return heap_.empty() ? std::nullopt : std::optional{heap_[0].at_ns}; }
  wire::symbol_id next() const { return heap_[0].symbol; }

  // No later than this. An entry that is earlier stays: whoever looks then will set the next.
  void by(wire::symbol_id symbol, std::int64_t at_ns) {
    const std::size_t i = index_of(symbol);
    if (i >= places_.size()) places_.resize(i + 1 + i / 2, nowhere);
    if (places_[i] == nowhere) {
      places_[i] = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({at_ns, symbol});
    } else if (heap_[places_[i]].at_ns <= at_ns) {
      return;
    } else {
      heap_[places_[i]].at_ns = at_ns;
    }
    rise(places_[i]);
  }
  // The first of them is at this moment instead.
  void put_off(std::int64_t at_ns) {
    heap_[0].at_ns = at_ns;
    sink(0);
  }
  void drop_first() {
    places_[index_of(heap_[0].symbol)] = nowhere;
    const entry last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return;
    heap_[0] = last;
    places_[index_of(last.symbol)] = 0;
    sink(0);
  }

 private:
  struct entry {
    std::int64_t at_ns;
    wire::symbol_id symbol;
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  void swap(std::size_t a, std::size_t b) {
    std::swap(heap_[a], heap_[b]);
    places_[index_of(heap_[a].symbol)] = static_cast<std::uint32_t>(a);
    places_[index_of(heap_[b].symbol)] = static_cast<std::uint32_t>(b);
  }
  void rise(std::size_t i) {
    for (; i > 0 && heap_[i].at_ns < heap_[(i - 1) / 2].at_ns; i = (i - 1) / 2) swap(i, (i - 1) / 2);
  }
  void sink(std::size_t i) {
    for (std::size_t least = i;; i = least) {
      for (const std::size_t child : {2 * i + 1, 2 * i + 2})
        if (child < heap_.size() && heap_[child].at_ns < heap_[least].at_ns) least = child;
      if (least == i) return;
      swap(i, least);
    }
  }

  std::vector<entry> heap_;
  std::vector<std::uint32_t> places_;  // by symbol
};

}  // namespace tickcast::feed
