#pragma once
// How many connections there are, in all and by address: written when one is accepted (main thread) and when one ends
// (its shard's thread). Both are far from the way of a tick, so a plain lock does.
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tickcast::fanout {

class ledger {
 public:
  struct standing {
    std::size_t all = 0, from_address = 0;
  };

  standing enter(const std::string& address) {
    const std::lock_guard guard{lock_};
    return {++all_, ++by_address_[address]};
  }
  void leave(const std::string& address) {
    const std::lock_guard guard{lock_};
    --all_;
    const auto entry = by_address_.find(address);
    if (entry != by_address_.end() && --entry->second == 0) by_address_.erase(entry);
  }

 private:
  std::mutex lock_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace tickcast::fanout
