#pragma once
// One turn of a shard: what was encoded in it (each tick once in each encoding that somebody listens in), and who is to
// be flushed at its end.
// Sessions hold 4-byte indices into it instead of copies; all of it is forgotten when the turn ends, memory kept.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/encoding.hpp"
#include "wire/merge.hpp"
#include "wire/text.hpp"
#include "wire/tick.hpp"

namespace tickcast::fanout {

class outbox;

enum class fragment_kind : std::uint8_t { tick, merge, gap, book, whole_book };  // the last: how a book is by now
using fragment_index = std::uint32_t;

struct fragment {
  struct part {
    std::uint32_t offset = 0, length = 0;      // in the turn's log of an encoding; 0: nobody listens in it
  };
  std::array<part, wire::encoding_count> parts{};
  part notes;                                  // of the tick, in the log of the first
  fragment_kind kind = fragment_kind::tick;
  wire::gap_why why = wire::gap_why::overflow; // gaps
  wire::channel channel = wire::channel::trades;
  wire::symbol_id symbol{};
  wire::sequence first = 0, last = 0;          // numbers covered
  std::int64_t arrived_ns = 0;                 // of the oldest; 0: not live
  std::uint32_t tick = 0;                      // place among the turn's ticks
  const wire::merge* merged = nullptr;         // merges: lives until the turn ends
};

class turn {
 public:
  fragment_index add_tick(std::string_view symbol, const wire::tick& t, std::string_view notes, wire::encoding_set in_use) {
    fragment f;
    f.channel = wire::channel_of(t.kind);
    f.symbol = t.symbol;
    f.first = f.last = t.n;
    f.arrived_ns = t.arrived_ns;
    f.tick = static_cast<std::uint32_t>(ticks_.size());
    f.notes = {static_cast<std::uint32_t>(logs_[0].size()), static_cast<std::uint32_t>(notes.size())};
    logs_[0].add(notes);
    ticks_.push_back(t);
    return add(f, in_use, [&](wire::encoding as, wire::text& to) { wire::encode(as, to, symbol, t, notes); });
  }

  // `m` must stay as it is until the turn ends: what `keep` and `take` return does.
  fragment_index add_merge(std::string_view symbol, const wire::merge& m, wire::encoding_set in_use) {
    fragment f;
    f.kind = fragment_kind::merge;
    f.channel = wire::channel_of(m.newest().kind);
    f.symbol = m.newest().symbol;
    f.first = m.first();
    f.last = m.last();
    f.arrived_ns = m.arrived_ns();
    f.merged = &m;
    return add(f, in_use, [&](wire::encoding as, wire::text& to) { wire::encode(as, to, symbol, m); });
  }
  const wire::merge& keep(const wire::merge& m) { return spare() = m; }
  const wire::merge& take(wire::merge& m) {  // and leaves it empty
    const wire::merge& taken = keep(m);  // a copy: each keeps the memory of its notes, and needs no more once warm
    m.clear();
    return taken;
  }

  // `state`: a slow client needs none but the newest of these.
  fragment_index add_book(std::string_view symbol, const wire::book_message& m, bool state, std::int64_t arrived_ns,
                          wire::encoding_set in_use) {
    fragment f;
    f.kind = state ? fragment_kind::whole_book : fragment_kind::book;
    f.channel = wire::channel::book;
    f.symbol = m.symbol;
    f.first = m.first;
    f.last = m.last;
    f.arrived_ns = arrived_ns;
    return add(f, in_use, [&](wire::encoding as, wire::text& to) { wire::encode(as, to, symbol, m); });
  }

  fragment_index add_gap(std::string_view name, wire::channel c, wire::symbol_id symbol, wire::sequence first,
                         wire::sequence last, wire::gap_why why, wire::encoding_set in_use) {
    fragment f;
    f.kind = fragment_kind::gap;
    f.channel = c;
    f.symbol = symbol;
    f.first = first;
    f.last = last;
    f.why = why;
    return add(f, in_use, [&](wire::encoding as, wire::text& to) {
      wire::encode_gap(as, to, name, symbol, c, first, last, why);
    });
  }

  const fragment& at(fragment_index i) const { return fragments_[i]; }
  std::string_view payload(const fragment& f, wire::encoding as) const {
    const fragment::part& p = f.parts[wire::index_of(as)];
    return logs_[wire::index_of(as)].view(p.offset, p.length);
  }
  std::string_view notes(const fragment& f) const { return logs_[0].view(f.notes.offset, f.notes.length); }
  const wire::tick& tick(const fragment& f) const { return ticks_[f.tick]; }

  // Who has something to be flushed. An outbox touches once, at its first fragment.
  // Returns its place, for who goes before the end of the turn.
  std::uint32_t touch(outbox& o) {
    touched_.push_back(&o);
    return static_cast<std::uint32_t>(touched_.size() - 1);
  }
  void untouch(std::uint32_t place) { touched_[place] = nullptr; }
  std::vector<outbox*>& touched() { return touched_; }  // null: gone in the meantime

  // Tells this turn's indices from those of others.
  std::uint64_t number() const { return number_; }
  void forget() {
    ++number_;
    for (wire::text& log : logs_) log.clear();
    fragments_.clear();
    ticks_.clear();
    kept_used_ = 0;
  }

 private:
  wire::merge& spare() { return kept_used_++ < kept_.size() ? kept_[kept_used_ - 1] : kept_.emplace_back(); }

  template <class Encode>
  fragment_index add(fragment& f, wire::encoding_set in_use, Encode encode) {
    for (wire::encoding as : wire::all_encodings) {
      if (!in_use.has(as)) continue;
      wire::text& log = logs_[wire::index_of(as)];
      const std::size_t offset = log.size();
      encode(as, log);
      f.parts[wire::index_of(as)] = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(log.size() - offset)};
    }
    fragments_.push_back(f);
    return static_cast<fragment_index>(fragments_.size() - 1);
  }

  std::array<wire::text, wire::encoding_count> logs_;
  std::vector<fragment> fragments_;
  std::vector<wire::tick> ticks_;
  std::deque<wire::merge> kept_;
  std::size_t kept_used_ = 0;
  std::vector<outbox*> touched_;
  std::uint64_t number_ = 1;
};

}  // namespace tickcast::fanout
