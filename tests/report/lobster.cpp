// The table of docs/books.md: how a day of LOBSTER's order events compares with the book after each of them.
//   report_lobster MESSAGE_FILE
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "feed/lobster_book.hpp"

int main(int count, char** words) {
  using namespace tickcast;
  if (count != 2) {
    std::fprintf(stderr, "write report_lobster MESSAGE_FILE; the order book file is found beside it\n");
    return 2;
  }
  std::ifstream messages{words[1]}, rows{feed::lobster_name_of(words[1]).book_path};
  feed::lobster_book book;
  feed::lobster_event e;
  feed::lobster_row row;
  std::vector<wire::level_change> changes;
  std::string line, row_line;
  while (std::getline(messages, line) && std::getline(rows, row_line)) {
    const char* fault = feed::read_lobster_event(line, e);
    if (!fault) fault = feed::read_lobster_row(row_line, row);
    if (fault) {
      std::fprintf(stderr, "event %llu: %s\n", static_cast<unsigned long long>(book.found().events + 1), fault);
      return 1;
    }
    book.take(e, row, changes);
  }
  const auto& f = book.found();
  if (f.events == 0) {
    std::fprintf(stderr, "there is no event in %s, or no order book beside it\n", words[1]);
    return 1;
  }
  const auto print = [&](const char* what, std::uint64_t events) {
    std::printf("| %s | %llu | %.1f %% |\n", what, static_cast<unsigned long long>(events),
                100.0 * static_cast<double>(events) / static_cast<double>(f.events));
  };
  std::printf("| after an event | events | |\n|---|---|---|\n");
  print("all levels follow from the order events", f.equal);
  print("all but one follow; that one came up from below the last level of the file", f.came_up);
  print("… it had never been in sight", f.came_up_new);
  print("… it had been, and was the same when it came back", f.came_up_same);
  print("… it had been, and had changed out of sight", f.came_up_changed);
  print("anything else", f.different);
  return f.different ? 1 : 0;
}
