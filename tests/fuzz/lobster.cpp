// Any bytes as the two files of LOBSTER: what is refused is refused with a sentence, and the rest leads to books that could
// be refused but not break anything.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "feed/lobster_book.hpp"
#include "feed/order_book.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickcast;
  std::string_view left{reinterpret_cast<const char*>(data), size};
  const auto line = [&left] {
    const std::size_t end = left.find('\n');
    const std::string_view taken = left.substr(0, end);
    left.remove_prefix(end == left.npos ? left.size() : end + 1);
    return taken;
  };
  feed::lobster_book book;
  feed::order_book kept;
  feed::lobster_event e;
  feed::lobster_row row;
  std::vector<wire::level_change> changes;
  std::vector<wire::level_step> steps;
  feed::new_york_midnight_ns(left.substr(0, 10));
  while (!left.empty()) {
    if (feed::read_lobster_event(line(), e) || feed::read_lobster_row(line(), row)) continue;
    book.take(e, row, changes);
    kept.change(changes, book.found().events == 1, steps);
    if (kept.levels().crossed()) std::abort();
  }
  const auto& f = book.found();
  if (f.equal + f.came_up + f.different != f.events) std::abort();
  return 0;
}
