#pragma once
// One book as a shard has it: made from the sequencer's, kept by the ticks behind it, and shown to each depth that somebody
// here has asked for. What each of these sees of a change is found out once, whoever listens.
//
// It asks nobody for anything: topics brings it what comes, in order.
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "fanout/book_crowd.hpp"
#include "fanout/depth_diff.hpp"
#include "wire/answer.hpp"
#include "wire/book_tick.hpp"
#include "wire/command.hpp"

namespace tickcast::fanout {

class replica;

// A book to one depth.
class book_view {
 public:
  book_view(replica& all, topic& t, std::uint16_t levels, std::vector<interval_class*>& ready_list)
      : of(all), depth(levels), every(*this, t, true, 0, ready_list), diff(levels) {}

  bool unused() const { return every.unused() && latest.empty(); }

  replica& of;
  const std::uint16_t depth;
  wire::sequence visible = 0;  // the last number that changed what is seen here
  book_crowd every;
  std::vector<std::unique_ptr<book_crowd>> latest;
  depth_diff diff;
};

class replica {
 public:
  replica(topic& t, wire::symbol_id symbol, std::vector<interval_class*>& ready_list)
      : home_(t), ready_(ready_list) {
    message_.symbol = symbol;
  }

  // The book after `last`, whatever there was before. Null: it is empty.
  void load(const wire::book_copy* from, wire::sequence last);
  // The next tick; those who are told of every change get what they can see of it.
  void take(const wire::tick& t, std::string_view notes, turn& to, std::string_view symbol, bool tell = true);
  // Tells all of them that numbers are missing before the last, and how it is now.
  void tell_anew(turn& to, std::string_view symbol, tally& counts);
  void forget();

  // Calls `see(crowd)` for each of `latest` that has something to tell since this number.
  template <class See>
  void each_waiting(wire::sequence since, See see) {
    for (const auto& view : views_)
      if (view->visible >= since)
        for (const auto& c : view->latest) see(*c);
  }

  book_crowd& crowd_of(const wire::delivery& how);
  // Nobody may be left in it.
  void let_go(book_crowd& c);

  wire::sequence last() const { return last_; }
  // How it is, in a message that the next call overwrites. Its `first` is the caller's to say.
  wire::book_message& show(std::size_t depth);
  // Nothing, in such a message: of numbers that have changed nothing that can be seen.
  wire::book_message& show_nothing(std::size_t depth);
  // How it is, to be kept: those who ask between two ticks share one.
  std::shared_ptr<const wire::book_message> page(std::uint16_t depth);

 private:
  std::uint32_t sum(std::size_t depth);
  void date(wire::book_message& m) const;

  topic& home_;
  std::vector<interval_class*>& ready_;
  wire::book levels_;
  wire::sequence last_ = 0;
  std::int64_t venue_ns_ = 0;
  std::uint32_t sum_ = 0;
  bool summed_ = false;
  std::vector<std::unique_ptr<book_view>> views_;
  std::vector<std::pair<std::uint16_t, std::shared_ptr<const wire::book_message>>> pages_;
  wire::book_message message_;
};

}  // namespace tickcast::fanout
