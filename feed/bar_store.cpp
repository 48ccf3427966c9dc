#include "feed/bar_store.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <spdlog/fmt/fmt.h>

namespace tickcast::feed {
namespace {

constexpr std::int64_t application = 0x54434831;  // "TCH1": what `file` and other programs know it by
constexpr std::int64_t schema = 2;
constexpr std::int64_t ns_a_second = 1'000'000'000;
constexpr std::uintmax_t read_through_max = 256u << 20;  // a file of this size is looked through in about a second

// `start` is in seconds, as every period begins with one. `pe` and `ve` are the exponents of the prices and the volume, `opened`
// and `ended` when the first and the last price was traded, in nanoseconds from the start (-1: not known).
constexpr const char* tables = R"(
CREATE TABLE epoch(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE symbol(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digits INTEGER NOT NULL);
CREATE TABLE bar(symbol INTEGER NOT NULL, period INTEGER NOT NULL, start INTEGER NOT NULL,
  pe INTEGER NOT NULL, o INTEGER NOT NULL, h INTEGER NOT NULL, l INTEGER NOT NULL, c INTEGER NOT NULL,
  ve INTEGER NOT NULL, v INTEGER NOT NULL, trades INTEGER NOT NULL,
  epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, opened INTEGER NOT NULL, ended INTEGER NOT NULL,
  PRIMARY KEY(symbol, period, start)) WITHOUT ROWID;
CREATE TABLE open_bar(symbol INTEGER NOT NULL, period INTEGER NOT NULL, start INTEGER NOT NULL,
  pe INTEGER NOT NULL, o INTEGER NOT NULL, h INTEGER NOT NULL, l INTEGER NOT NULL, c INTEGER NOT NULL,
  ve INTEGER NOT NULL, v INTEGER NOT NULL, trades INTEGER NOT NULL,
  epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, opened INTEGER NOT NULL, ended INTEGER NOT NULL,
  PRIMARY KEY(symbol, period)) WITHOUT ROWID;
)";

std::int64_t floor_second(std::int64_t ns) { return ns / ns_a_second - (ns % ns_a_second < 0); }
std::int64_t ceil_second(std::int64_t ns) { return ns / ns_a_second + (ns % ns_a_second > 0); }

// The prices of a bar with one exponent. False: they have none in common.
bool even_out(std::array<wire::decimal, 4>& prices) {
  for (int round = 0; round < 2; ++round)  // the first brings the finest to the last, the second from there to all
    for (std::size_t i = 1; i < prices.size(); ++i)
      if (!wire::align(prices[0], prices[i])) return false;
  return std::all_of(prices.begin(), prices.end(), [&](const wire::decimal& p) { return p.exponent == prices[0].exponent; });
}

}  // namespace

bar_store::bar_store(const std::string& path, std::string_view epoch) : path_(path) {
  if (on_disk()) lock();
  open();
  look();
  settle();
  prepare();
  name_epoch(epoch);
}

void bar_store::fail(const std::string& what) const {
  throw history_error(fmt::format("history: {} {}", on_disk() ? path_ : "the database in memory", what));
}

void bar_store::lock() {
  std::error_code ignored;  // what is wrong with the directory is told by opening the file
  if (const auto parent = std::filesystem::path{path_}.parent_path(); !parent.empty())
    std::filesystem::create_directories(parent, ignored);
  lock_ = wire::owned_fd{::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (lock_.get() < 0) fail(fmt::format("cannot be opened for writing: {}", std::strerror(errno)));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    fail("is in use by another server; give each a file of its own");
}

void bar_store::open() {
  sqlite3* made = nullptr;
  const int opened = ::sqlite3_open_v2(on_disk() ? path_.c_str() : ":memory:", &made,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  db_.reset(made);
  if (opened != SQLITE_OK) fail(fmt::format("cannot be opened: {}", trouble()));
  ::sqlite3_extended_result_codes(db_.get(), 1);
  ::sqlite3_busy_timeout(db_.get(), 1000);  // an operator's look with sqlite3 is over by then
}

void bar_store::look() {
  if (!execute("BEGIN IMMEDIATE")) {
    const int why = ::sqlite3_errcode(db_.get()) & 0xff;
    if (why == SQLITE_NOTADB) fail("is no SQLite database; name another file, or move this one away");
    if (why == SQLITE_BUSY) fail("is locked by another program; end that first");
    fail(fmt::format("cannot be written: {}", trouble()));
  }
  const std::int64_t owner = value_of("PRAGMA application_id"), version = value_of("PRAGMA user_version");
  const std::int64_t things = value_of("SELECT count(*) FROM sqlite_schema");
  if (things < 0) fail(fmt::format("is damaged: {}; restore a copy of it, or move it away", trouble()));
  if (owner != application && (owner != 0 || version != 0 || things != 0))
    fail("is the database of another program; name another file");
  if (things == 0) {
    create();
  } else if (version != schema) {
    fail(fmt::format("has the tables of {} tickcast (version {}, and this one knows {}); serve it with that one, or name "
                     "another file", version > schema ? "a newer" : "an older", version, schema));
  }
  if (!execute("COMMIT")) fail(fmt::format("cannot be written: {}", trouble()));
  std::error_code ignored;
  if (!on_disk() || std::filesystem::file_size(path_, ignored) > read_through_max) return;
  statement check{db_.get(), "PRAGMA quick_check(1)"};
  const std::string found{check.row() ? check.text(0) : std::string_view{}};
  if (found != "ok")
    fail(fmt::format("is damaged: {}; restore a copy of it, or move it away", found.empty() ? trouble() : found.substr(0, found.find('\n'))));
}

void bar_store::create() {
  if (!execute(tables) || !execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application, schema).c_str()))
    fail(fmt::format("cannot be written: {}", trouble()));
}

// WAL: one sequential write a commit, and readers (an operator's sqlite3) that disturb nobody. With NORMAL the disk is waited
// for at checkpoints only: what a kill leaves is whole and has all commits, what a power cut leaves is whole.
void bar_store::settle() {
  if (on_disk()) {
    statement mode{db_.get(), "PRAGMA journal_mode=WAL"};
    if (!mode.row() || mode.text(0) != "wal")
      fail("is on a file system on which SQLite has no write-ahead log (is it on a network?); name a file on a local disk");
  }
  execute("PRAGMA synchronous=NORMAL");
  execute("PRAGMA journal_size_limit=67108864");
  execute("PRAGMA cache_size=-32768");  // the last pages of some thousand streams
}

void bar_store::prepare() {
  sqlite3* const db = db_.get();
  const std::string columns = "start,pe,o,h,l,c,ve,v,trades,epoch,first,last,opened,ended";
  const auto insert = [&](const char* table) {
    return fmt::format("INSERT OR REPLACE INTO {}(symbol,period,{}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", table, columns);
  };
  begin_ = {db, "BEGIN IMMEDIATE"};
  commit_ = {db, "COMMIT"};
  rollback_ = {db, "ROLLBACK"};
  put_symbol_ = {db, "INSERT INTO symbol(id,name,digits) VALUES(?1,?2,?3) ON CONFLICT(id) DO UPDATE SET "
                     "digits=excluded.digits WHERE excluded.digits>digits"};
  put_ = {db, insert("bar")};
  put_open_ = {db, insert("open_bar")};
  drop_open_ = {db, "DELETE FROM open_bar WHERE symbol=? AND period=?"};
  find_ = {db, fmt::format("SELECT {} FROM bar WHERE symbol=? AND period=? AND start>=? AND start<? ORDER BY start DESC LIMIT ?", columns)};
  find_open_ = {db, fmt::format("SELECT {} FROM open_bar WHERE symbol=? AND period=?", columns)};
  prune_ = {db, "DELETE FROM bar WHERE symbol=?1 AND period=?2 AND start<?3 AND start<ifnull((SELECT start FROM bar WHERE "
                "symbol=?1 AND period=?2 ORDER BY start LIMIT 1 OFFSET ?4),?3)"};
  pages_ = {db, "SELECT (SELECT page_count FROM pragma_page_count)-(SELECT freelist_count FROM pragma_freelist_count)"};
  for (const statement* s : {&begin_, &commit_, &rollback_, &put_symbol_, &put_, &put_open_, &drop_open_, &find_, &find_open_, &prune_, &pages_})
    if (!*s) fail(fmt::format("has not the tables that it should have: {}; restore a copy of it, or move it away", trouble()));
}

void bar_store::name_epoch(std::string_view epoch) {
  statement add{db_.get(), "INSERT OR IGNORE INTO epoch(name) VALUES(?)"};
  statement find{db_.get(), "SELECT id FROM epoch WHERE name=?"};
  if (!add.with(epoch).run() || !find.with(epoch).row()) fail(fmt::format("cannot be written: {}", trouble()));
  epoch_ = find.integer(0);
}

std::int64_t bar_store::value_of(const char* question) {
  statement s{db_.get(), question};
  return s.row() ? s.integer(0) : -1;
}

bool bar_store::execute(const char* text) { return ::sqlite3_exec(db_.get(), text, nullptr, nullptr, nullptr) == SQLITE_OK; }

std::string bar_store::trouble() const {
  const int system = ::sqlite3_system_errno(db_.get());
  const std::string said = ::sqlite3_errmsg(db_.get());
  return system == 0 ? said : fmt::format("{} ({})", said, std::strerror(system));
}

std::int64_t bar_store::used_bytes() {
  const std::int64_t pages = pages_.with().row() ? pages_.integer(0) : -1;
  pages_.rest();
  return pages < 0 ? -1 : pages * value_of("PRAGMA page_size");
}

// ---- symbols ----

bool bar_store::each_symbol(const std::function<void(symbol_key, std::string_view, std::uint8_t)>& see) {
  statement all{db_.get(), "SELECT id,name,digits FROM symbol"};
  while (all.row()) see(all.integer(0), all.text(1), static_cast<std::uint8_t>(std::clamp<std::int64_t>(all.integer(2), 0, 18)));
  return all.done();
}

bool bar_store::put_symbol(symbol_key symbol, std::string_view name, std::uint8_t digits) {
  return put_symbol_.with(symbol, name, std::int64_t{digits}).run();
}

// ---- writing ----

bool bar_store::begin() { return begin_.with().run(); }
bool bar_store::commit() { return commit_.with().run(); }
void bar_store::rollback() {
  if (::sqlite3_get_autocommit(db_.get()) == 0) rollback_.with().run();  // some errors have rolled it back already
}

namespace {

bool write(statement& to, std::int64_t symbol, std::int64_t epoch, const wire::bar& b) {
  std::array<wire::decimal, 4> p{b.open, b.high, b.low, b.close};
  const auto since = [&b](std::int64_t ns) { return ns == 0 ? std::int64_t{-1} : ns - b.start_ns; };
  if (!even_out(p)) return true;  // further apart than one number can hold: no market has such a bar
  return to.with(symbol, wire::seconds_of(b.period), floor_second(b.start_ns), std::int64_t{p[0].exponent}, p[0].mantissa, p[1].mantissa,
                 p[2].mantissa, p[3].mantissa, std::int64_t{b.volume.exponent}, b.volume.mantissa, static_cast<std::int64_t>(b.trades),
                 b.last == 0 ? std::int64_t{0} : epoch, static_cast<std::int64_t>(b.first), static_cast<std::int64_t>(b.last),
                 since(b.open_ns), since(b.close_ns))
      .run();
}

}  // namespace

bool bar_store::put(symbol_key symbol, const wire::bar& b) { return write(put_, symbol, epoch_, b); }
bool bar_store::put_open(symbol_key symbol, const wire::bar& b) { return write(put_open_, symbol, epoch_, b); }
bool bar_store::drop_open(symbol_key symbol, wire::period p) { return drop_open_.with(symbol, wire::seconds_of(p)).run(); }

int bar_store::prune(symbol_key symbol, wire::period p, std::int64_t start_ns, int most) {
  if (!prune_.with(symbol, wire::seconds_of(p), ceil_second(start_ns), std::int64_t{most}).run()) return -1;
  return ::sqlite3_changes(db_.get());
}

// ---- reading ----

wire::bar bar_store::bar_of(const statement& row, wire::period p) const {
  const auto price = [&](int column) {
    return wire::normal({row.integer(column), static_cast<std::int8_t>(row.integer(1))});
  };
  wire::bar b;
  b.period = p;
  b.start_ns = row.integer(0) * ns_a_second;
  b.open = price(2);
  b.high = price(3);
  b.low = price(4);
  b.close = price(5);
  b.volume = wire::normal({row.integer(7), static_cast<std::int8_t>(row.integer(6))});
  b.trades = static_cast<std::uint64_t>(row.integer(8));
  if (row.integer(9) == epoch_) {
    b.first = static_cast<wire::sequence>(row.integer(10));
    b.last = static_cast<wire::sequence>(row.integer(11));
  }
  if (row.integer(12) >= 0) b.open_ns = b.start_ns + row.integer(12);
  if (row.integer(13) >= 0) b.close_ns = b.start_ns + row.integer(13);
  return b;
}

bool bar_store::find(symbol_key symbol, wire::period p, std::int64_t from_ns, std::int64_t to_ns, std::size_t limit,
                     std::vector<wire::bar>& to) {
  find_.with(symbol, wire::seconds_of(p), ceil_second(from_ns), ceil_second(to_ns), static_cast<std::int64_t>(limit));
  while (find_.row()) {
    to.push_back(bar_of(find_, p));
    to.back().closed = true;
  }
  return find_.done();
}

bool bar_store::find_open(symbol_key symbol, wire::period p, std::vector<wire::bar>& to) {
  find_open_.with(symbol, wire::seconds_of(p));
  while (find_open_.row()) to.push_back(bar_of(find_open_, p));
  return find_open_.done();
}

}  // namespace tickcast::feed
