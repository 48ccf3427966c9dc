#pragma once
// One prepared statement of SQLite, bound by position and stepped. It says no more than "row", "done" or "failed"; the
// words are the database's (`sqlite3_errmsg`).
#include <sqlite3.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace tickcast::feed {

class statement {
 public:
  statement() = default;
  // Of no use (every step fails) when the database does not take it.
  statement(sqlite3* db, std::string_view text) {
    ::sqlite3_prepare_v3(db, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &made_, nullptr);
  }
  ~statement() { ::sqlite3_finalize(made_); }
  statement(statement&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  statement& operator=(statement&& other) noexcept {
    std::swap(made_, other.made_);
    return *this;
  }

  explicit operator bool() const { return made_ != nullptr; }

  // Begins anew with these values.
  template <class... Values>
  statement& with(const Values&... values) {
    ::sqlite3_reset(made_);
    int place = 0;
    (bind(++place, values), ...);
    return *this;
  }
  bool row() {
    if (!made_) return false;
    result_ = ::sqlite3_step(made_);
    if (result_ != SQLITE_ROW) ::sqlite3_reset(made_);  // holds no lock while it rests
    return result_ == SQLITE_ROW;
  }
  // After `row` was false: whether that is all, and not an error.
  bool done() const { return made_ && result_ == SQLITE_DONE; }
  bool run() {
    while (row()) {
    }
    return done();
  }
  void rest() { ::sqlite3_reset(made_); }

  std::int64_t integer(int column) const { return ::sqlite3_column_int64(made_, column); }
  std::string_view text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(::sqlite3_column_text(made_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(::sqlite3_column_bytes(made_, column))};
  }

 private:
  void bind(int place, std::int64_t value) { ::sqlite3_bind_int64(made_, place, value); }
  // The text must live until the last step.
  void bind(int place, std::string_view value) {
    ::sqlite3_bind_text(made_, place, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }

  sqlite3_stmt* made_ = nullptr;
  int result_ = SQLITE_OK;
};

}  // namespace tickcast::feed
