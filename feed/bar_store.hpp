#pragma once
// Bars in an SQLite file: the tables, their version, and what is done with them. Whoever owns it decides when; every call
// is a blocking one. Only opening it throws, in one sentence for the operator; after that a call that fails returns
// false, `trouble()` says what the disk said, and what it was to write is still the caller's.
//
// A bar is a row under (symbol, period, start), so that a chart's range lies together. Bars that are still open stand
// apart, one row a stream: they change each second, and would otherwise dirty a page for each of them.
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "feed/statement.hpp"
#include "wire/bar.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::feed {

struct history_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class bar_store {
 public:
  using symbol_key = std::int64_t;

  // `path` empty: in memory, gone with the process. `epoch` names the run of numbers that bars written now belong to;
  // of those of another their first and last numbers are read as 0. Throws history_error.
  bar_store(const std::string& path, std::string_view epoch);

  // ---- symbols ----
  bool each_symbol(const std::function<void(symbol_key, std::string_view name, std::uint8_t digits)>& see);
  // Known from here on under this key, which no other has; or `digits` have become more.
  bool put_symbol(symbol_key symbol, std::string_view name, std::uint8_t digits);

  // ---- writing; nothing of it is there before `commit` ----
  bool begin();
  bool put(symbol_key symbol, const wire::bar& b);  // replaces one of the same start
  bool put_open(symbol_key symbol, const wire::bar& b);  // replaces the stream's
  bool drop_open(symbol_key symbol, wire::period p);
  bool commit();
  void rollback();
  // At most `most` of the oldest bars that begin before `start_ns`. How many; -1: it failed.
  int prune(symbol_key symbol, wire::period p, std::int64_t start_ns, int most);

  // ---- reading; `symbol` of the bars is not filled in ----
  // Closed ones that begin in [from, to), the newest `limit` of them, newest first, appended.
  bool find(symbol_key symbol, wire::period p, std::int64_t from_ns, std::int64_t to_ns, std::size_t limit, std::vector<wire::bar>& to);
  bool find_open(symbol_key symbol, wire::period p, std::vector<wire::bar>& to);

  std::string trouble() const;
  std::int64_t used_bytes();  // of the file, without what is free in it; -1: it failed
  bool on_disk() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

 private:
  struct closer {
    void operator()(sqlite3* db) const { ::sqlite3_close_v2(db); }
  };

  void open();
  void lock();
  void look();     // whether it is one of ours, and whole
  void settle();   // how SQLite is to work with it
  void create();
  void prepare();
  void name_epoch(std::string_view epoch);
  std::int64_t value_of(const char* question);
  bool execute(const char* text);
  [[noreturn]] void fail(const std::string& what) const;
  wire::bar bar_of(const statement& row, wire::period p) const;

  const std::string path_;
  wire::owned_fd lock_;  // closed after the database: closing it takes back what SQLite has locked
  std::unique_ptr<sqlite3, closer> db_;
  std::int64_t epoch_ = 0;
  statement begin_, commit_, rollback_, put_symbol_, put_, put_open_, drop_open_, find_, find_open_, prune_, pages_;
};

}  // namespace tickcast::feed
