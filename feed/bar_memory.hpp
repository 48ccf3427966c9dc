#pragma once
// What the archive has in memory: what is known of each symbol, the bars that are open, and the closed ones that wait for
// the disk. Newer news of a bar replaces older, so that a bar that changes each second waits once. What waits is bounded;
// the shortest bars have to go first, since there are most of them and the longer ones say the same more briefly.
//
// It knows neither disk nor thread.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/bar_shelf.hpp"

namespace tickcast::feed {

class bar_memory {
 public:
  struct stream {
    std::optional<wire::bar> open;
    bool open_changed = false;       // since it was written
    std::vector<wire::bar> waiting;  // closed, by start
    bool listed = false;             // in `changed()`
  };
  struct symbol {
    std::int64_t key = 0;  // in the store
    wire::symbol_facts facts;
    std::uint8_t digits_written = 0;
    bool written = false;
    std::array<std::unique_ptr<stream>, wire::period_count> streams;

    stream& of(wire::period p) {
      auto& s = streams[wire::index_of(p)];
      if (!s) s = std::make_unique<stream>();
      return *s;
    }
    const stream* find(wire::period p) const { return streams[wire::index_of(p)].get(); }
  };
  struct change {
    symbol* of;
    wire::period period;
  };
  using names = std::map<std::string, symbol, std::less<>>;

  // `open_too`: open bars are written as well, for the next start. A store that ends with the process needs none.
  bar_memory(std::size_t waiting_max, bool open_too) : waiting_max_(waiting_max), open_too_(open_too) {}

  symbol& named(std::string_view name);  // made, if it is new
  const symbol* find(std::string_view name) const;
  const names& all() const { return all_; }
  names& all() { return all_; }
  // A symbol that the store knows.
  symbol& known(std::string_view name, std::int64_t key, std::uint8_t digits);

  // False: a closed bar for which there was no room.
  bool take(symbol& of, const wire::bar& b);
  // What it says of the symbol, without keeping it.
  void learn(symbol& of, const wire::bar& b);

  // Those with something to be written, in the order in which it lies in the store.
  std::vector<change>& changed();
  // It is written.
  void written(const change& c);
  std::size_t waiting() const { return waiting_; }
  std::int64_t newest_ns() const { return newest_ns_; }  // when the newest bar of all began

  // Puts what is in memory over what was found on the disk (oldest first).
  static void overlay(const stream& s, const wire::bar_query& which, std::vector<wire::bar>& found);

  wire::symbol_page list(const wire::symbol_query& which) const;

 private:
  bool wait(symbol& of, const wire::bar& b);
  void open_change(symbol& of, wire::period p);
  void list_change(symbol& of, wire::period p);

  const std::size_t waiting_max_;
  const bool open_too_;
  names all_;
  std::vector<change> changed_;
  std::size_t waiting_ = 0;
  std::int64_t newest_ns_ = 0;
  std::int64_t next_key_ = 1;
};

}  // namespace tickcast::feed
