#pragma once
// Everything that happened in the market, number by number, as the test made it happen: what clients were told is
// compared with this. It also knows what the sequencer must still keep of it.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/tick.hpp"

namespace tickcast {

class truth {
 public:
  struct happening {
    wire::tick tick{};
    std::string id;           // of the trade; empty: none
    std::size_t records = 1;  // that it takes in the recent ticks, with its notes
  };
  using stream = std::vector<happening>;  // number n at n − 1

  // `kept_max`: records that the sequencer keeps of each stream.
  explicit truth(std::size_t kept_max) : kept_max_(kept_max) {}

  void add(std::string_view symbol, happening what) {
    stream& to = all_[{wire::channel_of(what.tick.kind), std::string{symbol}}];
    what.tick.n = to.size() + 1;
    to.push_back(std::move(what));
  }
  const stream& of(wire::channel c, std::string_view symbol) const {
    static const stream none;
    const auto found = all_.find({c, std::string{symbol}});
    return found == all_.end() ? none : found->second;
  }
  // Number of the oldest tick of it that is still kept.
  wire::sequence oldest(wire::channel c, std::string_view symbol) const {
    const stream& s = of(c, symbol);
    std::size_t at = s.size();
    for (std::size_t records = 0; at > 0 && records + s[at - 1].records <= kept_max_; --at) records += s[at - 1].records;
    return at + 1;
  }

 private:
  const std::size_t kept_max_;
  std::map<std::pair<wire::channel, std::string>, stream> all_;
};

}  // namespace tickcast
