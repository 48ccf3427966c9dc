#pragma once
// How a queue asks for a book as it is by the time that a client takes it.
#include "wire/book_message.hpp"

namespace tickcast::fanout {

class shown_books {
 public:
  // The book that this client sees of the symbol, valid until the next call; its `first` is the caller's to say. Null: none
  // any more.
  virtual wire::book_message* look(wire::symbol_id s) = 0;
  // It goes out; the client has been told all up to `last`.
  virtual void took(wire::symbol_id s, wire::sequence last) = 0;

 protected:
  ~shown_books() = default;
};

}  // namespace tickcast::fanout
