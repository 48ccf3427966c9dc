#pragma once
// Where bars are found that are not on their way to anybody any more: asked from any thread, answered later, on the
// thread of who keeps them. Whoever asks posts the answer to where he lives.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "wire/bar.hpp"

namespace tickcast::wire {

struct bar_query {
  std::string symbol;
  wire::period period = period_default;
  std::int64_t from_ns = 0;              // bars that begin at or after it
  std::int64_t to_ns = INT64_MAX;        // … and before this
  std::size_t limit = 5000;              // if there are more, the newest of them
};

struct bar_page {
  std::vector<bar> bars;                 // oldest first; the last may be open
  bool known = true;                     // the symbol has ever had a bar
  std::int64_t before_ns = 0;            // when nothing was found: the newest bar before `from_ns` begins then; 0: none
  bool failed = false;                   // the disk did not answer
};

enum class name_match : std::uint8_t { exactly, prefix, anywhere };  // the last two in any case of letters

struct symbol_query {
  std::string part;                      // of the name; empty: all
  name_match how = name_match::prefix;   // `anywhere`: those that begin with it come first
  std::string after;                     // names behind this one in the order of their bytes; not with `anywhere`
  std::size_t limit = 1000;
};

struct symbol_facts {
  std::string symbol;
  decimal last;                          // where the newest bar closed, or stands
  std::int64_t last_ns = 0;              // when it began; 0: there has been none
  std::uint8_t digits = 0;               // behind the point, the most that a price of it has had
};

struct symbol_page {
  std::vector<symbol_facts> symbols;     // by name
  bool more = false;                     // there are others behind the last
  bool failed = false;
};

class bar_shelf {
 public:
  virtual void find(bar_query which, std::function<void(bar_page)> done) = 0;
  virtual void list(symbol_query which, std::function<void(symbol_page)> done) = 0;

 protected:
  ~bar_shelf() = default;
};

}  // namespace tickcast::wire
