#pragma once
// Which trades count for bars, by their conditions: "I volume" says that a trade with the condition I counts for the volume
// and is no price; "Z nothing" that it counts for neither. Without a rule all count.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/notes.hpp"

namespace tickcast::feed {

struct bad_condition_rule : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class condition_rules {
 public:
  condition_rules() = default;
  explicit condition_rules(const std::vector<std::string>& rules) {  // throws bad_condition_rule
    for (const std::string& text : rules) {
      const std::size_t space = text.rfind(' ');
      const std::string_view effect = space == text.npos ? std::string_view{} : std::string_view{text}.substr(space + 1);
      const std::uint64_t flags = effect == "volume"    ? wire::no_price
                                  : effect == "price"   ? wire::no_volume
                                  : effect == "nothing" ? wire::no_price | wire::no_volume
                                                        : 0;
      if (flags == 0 || space == 0)
        throw bad_condition_rule("condition rule '" + text + "': write a condition and what it counts for, volume, price or " +
                                 "nothing, such as \"I volume\"");
      rules_.emplace_back(text.substr(0, space), flags);
    }
  }

  bool none() const { return rules_.empty(); }
  // What a trade with these notes does not count for.
  std::uint64_t of(const wire::notes& notes) const {
    std::uint64_t flags = 0;
    wire::each_note(notes.bytes(), [&](wire::note_tag tag, std::string_view text) {
      if (tag != wire::note_tag::condition) return;
      for (const auto& [condition, effect] : rules_)
        if (condition == text) flags |= effect;
    });
    return flags;
  }

 private:
  std::vector<std::pair<std::string, std::uint64_t>> rules_;
};

}  // namespace tickcast::feed
