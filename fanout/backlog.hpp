#pragma once
// What one client has not been able to take yet, in order, bounded. Messages of `every` streams wait as ticks (so they
// can still be merged). `latest` streams have one entry a symbol, which grows no matter how long the client sleeps, and
// a few more where they can be afforded, so that a merge does not span the edge of a bar. Dropped messages leave a gap
// entry in their place. A snapshot or a replay is one entry, which refers to the recent ticks that all who asked for
// them share. Everything is encoded only when the client takes it, but for books, which have their own ways
// (backlog_books.cpp).
//
// It decides nothing: outbox asks how much waits and for how long, and says what is to become of it.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "fanout/batch.hpp"
#include "fanout/book_replay.hpp"
#include "fanout/queue.hpp"
#include "fanout/sent.hpp"
#include "fanout/shown_books.hpp"
#include "fanout/tally.hpp"
#include "fanout/turn.hpp"
#include "wire/excerpt.hpp"
#include "wire/symbols.hpp"

namespace tickcast::fanout {

using stream_key = std::uint64_t;

constexpr stream_key key_of(wire::channel c, wire::symbol_id s) {
  return static_cast<std::uint64_t>(c) << 32 | wire::index_of(s);
}

constexpr wire::channel channel_of(stream_key key) { return static_cast<wire::channel>(key >> 32); }
constexpr wire::symbol_id symbol_of(stream_key key) { return wire::symbol_id{static_cast<std::uint32_t>(key)}; }

// What a client asked to have from the past: marked as a snapshot, or as it once was.
enum class asked_for : std::uint8_t { snapshot, replay };

class backlog {
 public:
  explicit backlog(wire::encoding as = wire::encoding::json) : encoding_(as) {}

  bool empty() const { return entries_.empty(); }
  // Of queued `every` messages, as they would be sent; but one of SBE counts as much as a usual one of JSON, since it takes
  // as much memory here: who bounds these bytes bounds about three times as many, whatever the encoding.
  std::size_t bytes() const { return bytes_; }
  std::int64_t oldest_ns() const { return oldest_ns_; } // since when the first of them waits; 0: none does
  std::size_t messages() const { return messages_; }
  std::size_t asked_bytes() const { return asked_bytes_; }  // of the recent ticks that snapshots and replays refer to

  void add(const turn& t, const fragment& f, tally& counts, std::int64_t now_ns);  // as it is
  void add_merged(const turn& t, const fragment& f, tally& counts);         // into its stream's entry
  void add_asked(wire::channel c, wire::symbol_id s, wire::excerpt ticks, asked_for how);

  // A book as it was when it was asked for (`first`: it stands for the numbers from there on); or all that was missed of it.
  void add_page(wire::symbol_id s, std::shared_ptr<const wire::book_message> page, wire::sequence first);
  void add_replay(wire::symbol_id s, std::unique_ptr<book_replay> missed);

  using chosen = std::function<bool(wire::channel, wire::symbol_id)>;
  void merge_queued(const chosen& which, tally& counts);    // queued messages become one merge a symbol
  void drop_queued(const chosen& which, tally& counts);     // … or a gap
  void forget(const chosen& which);                         // unsubscribed: without a trace
  void clear();

  // Moves messages from the front into `to` while they fit.
  void pop(batch& to, const wire::symbol_table& symbols, sent& sum, shown_books& books);

 private:
  enum class kind : std::uint8_t {
    tick, merge, gap, snapshot, replay,
    change,       // of a book, as it was encoded
    book,         // … as it is when it is taken
    book_gap,     // … behind a gap
    page,         // … as it was when it was asked for
    book_replay,  // what was missed of it
    nothing,      // any more
  };
  struct entry {
    backlog::kind kind = kind::tick;
    wire::gap_why why = wire::gap_why::slow_consumer;
    wire::channel channel = wire::channel::trades;
    bool stretched = false;    // a merge that began at the edge of a bar, behind another of its stream
    wire::symbol_id symbol{};
    std::uint32_t length = 0;  // what a tick counts
    wire::sequence first = 0, last = 0;
    std::int64_t queued_ns = 0;
    wire::tick tick{};
    std::string notes;         // of a book: the message
    std::unique_ptr<wire::merge> merged;
    wire::excerpt ticks;
    std::shared_ptr<const wire::book_message> page;
    std::unique_ptr<fanout::book_replay> missed;
  };
  static constexpr std::size_t grown_max = 640;  // bytes of a message whose length is not known before it is sent
  static constexpr std::uint32_t least_of_sbe = 86;
  static_assert(sizeof(entry) <= 3 * least_of_sbe);
  // What cannot be merged any further. Of a `latest` stream these are the ends of bars, which take room but do not age.
  static bool counted(const entry& e) { return ages(e) || (e.kind == kind::merge && e.merged->event()); }
  static bool ages(const entry& e) { return e.kind == kind::tick || e.kind == kind::change; }
  void count(const entry& e) { bytes_ += e.length, ++messages_; }
  std::uint32_t counted_length(std::uint32_t length) const {
    return encoding_ == wire::encoding::sbe ? std::max(length, least_of_sbe) : length;
  }
  void end_open(entry& e, std::uint32_t length);
  static std::size_t asked(const entry& e);

  void push(entry e);
  bool cuts(const wire::merge& open, std::int64_t venue_ns) const;
  void find_oldest();
  void pop_asked(entry& e, batch& to, std::string_view name);
  bool absorbed(const fragment& f, tally& counts);
  void keep_place(const fragment& f, tally& counts);
  wire::sequence give_up_place(wire::symbol_id s);
  bool pop_page(entry& e, batch& to, std::string_view name);
  bool pop_book(entry& e, batch& to, std::string_view name, shown_books& books);
  bool pop_replay(entry& e, batch& to, std::string_view name);
  template <class Change>
  void rebuild(Change change);
  void forget_sums();

  // Whether the last entry of the stream is a place for its book, which makes up for a gap behind it too.
  bool place_kept(const std::unordered_map<stream_key, std::size_t>& last, stream_key key) {
    const auto at = last.find(key);
    return at != last.end() && (entries_[at->second].kind == kind::book || entries_[at->second].kind == kind::book_gap);
  }
  // Books and replays that were asked for, and still wait. What stands in front of one must not be made up for by the book as
  // it is when it is taken: that would be newer than what follows.
  class asked_behind {
   public:
    explicit asked_behind(queue<entry>& entries);
    // Goes on behind this entry. True: there is one of its stream farther behind.
    bool pass(const entry& e);

   private:
    std::unordered_map<stream_key, std::size_t> left_;
  };

  queue<entry> entries_;
  std::unordered_map<stream_key, entry*> open_;  // merges that still grow, and places that are kept for books
  std::size_t bytes_ = 0, messages_ = 0, asked_bytes_ = 0, stretches_ = 0;
  std::int64_t oldest_ns_ = 0;
  const wire::encoding encoding_;
};

}  // namespace tickcast::fanout
