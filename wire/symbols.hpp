#pragma once
// The names behind the dense symbol ids: append-only, written by the sequencer alone, read by every thread without a
// lock (an entry never moves and never changes once `size()` covers it). Looking a name up is each reader's own
// business (`directory`): a shared hash map would have to be locked.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "wire/tick.hpp"

namespace tickcast::wire {

inline constexpr std::size_t symbol_max = 32;

// 1 to 32 characters of A–Z a–z 0–9 . _ : / = ^ - : none of them needs escaping in JSON.
bool is_symbol(std::string_view name);

class symbol_table {
 public:
  explicit symbol_table(std::size_t limit);
  ~symbol_table();
  symbol_table(const symbol_table&) = delete;
  symbol_table& operator=(const symbol_table&) = delete;

  // The sequencer's thread only. Nothing when the table is full. The name must be valid and new.
  std::optional<symbol_id> append(std::string_view name);

  // Any thread.
  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  std::size_t limit() const { return limit_; }
  std::string_view name(symbol_id id) const;

 private:
  static constexpr std::size_t chunk_size = 1024;
  struct entry {
    char text[symbol_max];
    std::uint8_t length;
  };
  using chunk = std::array<entry, chunk_size>;

  const std::size_t limit_;
  std::unique_ptr<std::unique_ptr<chunk>[]> chunks_;
  std::atomic<std::size_t> size_{0};
};

// One thread's index of the table by name. `refresh()` takes in what was appended since.
class directory {
 public:
  explicit directory(const symbol_table& table) : table_(table) {}

  // The id of `name`, as far as this directory was refreshed.
  std::optional<symbol_id> find(std::string_view name) const;
  // Calls `see(id, name)` for each symbol that is new since the last refresh.
  template <class See>
  void refresh(See see) {
    for (const std::size_t size = table_.size(); known_ < size; ++known_) {
      const symbol_id id{static_cast<std::uint32_t>(known_)};
      ids_.emplace(table_.name(id), id);
      see(id, table_.name(id));
    }
  }
  void refresh() {
    refresh([](symbol_id, std::string_view) {});
  }
  bool stale() const { return known_ != table_.size(); }
  std::size_t size() const { return known_; }

 private:
  const symbol_table& table_;
  std::size_t known_ = 0;
  std::unordered_map<std::string_view, symbol_id> ids_;  // views into the table, whose entries never move
};

}  // namespace tickcast::wire
