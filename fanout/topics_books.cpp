// The books of a shard: each tick of one goes through its replica, which tells those who see it change.
#include "fanout/topics.hpp"

namespace tickcast::fanout {

void topics::publish_book(topic& home, const wire::tick& t, std::string_view notes) {
  if (t.n <= home.last) return;
  replica& book = *home.book;
  const bool follows = t.n == home.last + 1;
  if (!follows) book.forget();  // what the numbers in between have changed is not known
  home.last = t.n;
  book.take(t, notes, all_.turn, name_of(home), follows);
  if (!follows) book.tell_anew(all_.turn, name_of(home), all_.tally);
  book.each_waiting(t.n, [this](book_crowd& c) { schedule(c); });
}

void topics::load_book(topic& home, const wire::stream_state& s) {
  const bool told = home.live && s.last > home.last;  // to those who are here, that numbers are missing
  home.book->load(s.book.get(), s.last);
  home.last = s.last;
  if (!told) return;
  home.book->tell_anew(all_.turn, name_of(home), all_.tally);
  home.book->each_waiting(s.last, [this](book_crowd& c) { schedule(c); });
}

// Numbers that it will not be told any more: its options are about to change.
void topics::settle_book(outbox& who, const subscription& s) {
  replica& book = *s.home->book;
  const wire::sequence had = s.crowd->delivered(s);
  if (had == book.last()) return;
  const bool seen = s.crowd->view.visible > had && !s.crowd->every;
  wire::book_message& m = seen ? book.show(s.how.depth) : book.show_nothing(s.how.depth);
  m.first = had + 1;
  who.due(all_.turn.add_book(name_of(*s.home), m, seen, 0, who.encoding()), all_.turn);
}

}  // namespace tickcast::fanout
