// What a queue does with books: a change waits as it was encoded, and what is merged waits as nothing but a place in the
// queue, at which the client is shown how the book is by then.
#include "fanout/backlog.hpp"

namespace tickcast::fanout {

// While a place is kept for the book, whatever comes is in what will be shown there.
bool backlog::absorbed(const fragment& f, tally& counts) {
  if (!open_.contains(key_of(f.channel, f.symbol))) return false;
  counts.merged[wire::index_of(f.channel)].add(static_cast<std::int64_t>(f.last - f.first + 1));
  return true;
}

void backlog::keep_place(const fragment& f, tally& counts) {
  if (absorbed(f, counts)) return;
  counts.merged[wire::index_of(f.channel)].add(static_cast<std::int64_t>(f.last - f.first));
  entry e;
  e.kind = kind::book;
  e.channel = f.channel;
  e.symbol = f.symbol;
  e.first = f.first;
  e.tick.arrived_ns = f.arrived_ns;
  push(std::move(e));
  open_[key_of(f.channel, f.symbol)] = &entries_.back();
}

// A place that is kept for the symbol is not needed any more: what is asked for now stands for its numbers too.
wire::sequence backlog::give_up_place(wire::symbol_id s) {
  const auto open = open_.find(key_of(wire::channel::book, s));
  if (open == open_.end()) return 0;
  open->second->kind = kind::nothing;
  const wire::sequence first = open->second->first;
  open_.erase(open);
  return first;
}

backlog::asked_behind::asked_behind(queue<entry>& entries) {
  for (const entry& e : entries)
    if (e.kind == kind::page || e.kind == kind::book_replay) ++left_[key_of(e.channel, e.symbol)];
}

bool backlog::asked_behind::pass(const entry& e) {
  const auto found = left_.find(key_of(e.channel, e.symbol));
  if (found == left_.end()) return false;
  if (e.kind == kind::page || e.kind == kind::book_replay) --found->second;
  return found->second > 0;
}

void backlog::add_page(wire::symbol_id s, std::shared_ptr<const wire::book_message> page, wire::sequence first) {
  entry e;
  e.kind = kind::page;
  e.channel = wire::channel::book;
  e.symbol = s;
  e.first = first;
  if (const wire::sequence waited = give_up_place(s)) e.first = waited;
  e.page = std::move(page);
  push(std::move(e));
}

void backlog::add_replay(wire::symbol_id s, std::unique_ptr<book_replay> missed) {
  entry e;
  e.kind = kind::book_replay;
  e.channel = wire::channel::book;
  e.symbol = s;
  e.missed = std::move(missed);
  push(std::move(e));
}

// False: the batch has no room for it.
bool backlog::pop_page(entry& e, batch& to, std::string_view name) {
  if (!to.fits(wire::json_bytes_max(*e.page))) return false;
  if (e.first == e.page->first) {
    wire::encode(encoding_, to.open(), name, *e.page);
    return true;
  }
  wire::book_message longer = *e.page;
  longer.first = e.first;
  wire::encode(encoding_, to.open(), name, longer);
  return true;
}

// How the book is by now; behind what was dropped for it, if something was.
bool backlog::pop_book(entry& e, batch& to, std::string_view name, shown_books& books) {
  wire::book_message* const now = books.look(e.symbol);
  if (now && now->last >= e.first && !to.fits(grown_max + wire::json_bytes_max(*now))) return false;
  open_.erase(key_of(e.channel, e.symbol));
  if (!now || now->last < e.first) return true;
  now->first = e.first;
  if (e.kind == kind::book_gap && e.first < now->last) {
    wire::encode_gap(encoding_, to.open(), name, e.symbol, e.channel, e.first, now->last - 1, wire::gap_why::slow_consumer);
    now->first = now->last;
  }
  wire::encode(encoding_, to.open(), name, *now);
  books.took(e.symbol, now->last);
  return true;
}

bool backlog::pop_replay(entry& e, batch& to, std::string_view name) {
  asked_bytes_ -= e.missed->bytes();
  while (!e.missed->done() && !to.full() && to.fits(grown_max)) wire::encode(encoding_, to.open(), name, e.missed->next());
  asked_bytes_ += e.missed->bytes();
  return e.missed->done();
}

}  // namespace tickcast::fanout
