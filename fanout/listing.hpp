#pragma once
// The messages of a session that list streams: the answer to a subscribe, the answer to a list, the heartbeat. Each is
// one JSON object appended to `to`.
#include <string>
#include <unordered_set>
#include <vector>

#include "fanout/share.hpp"
#include "fanout/subscription.hpp"
#include "fanout/topics.hpp"
#include "wire/answer.hpp"
#include "wire/command.hpp"

namespace tickcast::fanout {

// A subscribe on its way to the sequencer and back.
struct subscribing {
  wire::ticket number = 0;
  std::string id;
  wire::channel channel{};
  wire::delivery how;
  bool all = false;
  bool snapshot = true;                       // of a book: shown as it is
  std::unordered_set<std::uint32_t> resumed;  // symbols named in `resume`
  std::vector<std::string> asked;             // names, in the order of the request
  std::vector<std::string> failed;            // names that are not known, or no symbols at all
};

// `ids`: with the numbers that stand for the names in SBE.
void add_subscribed(wire::text& to, const wire::symbol_table& symbols, const subscribing& w, const wire::answer& a, bool ids);
void add_subscriptions(wire::text& to, std::string_view id, const wire::symbol_table& symbols,
                       const subscriptions& subscribed, const shares& of);
// At most 64 streams; returns from which to go on the next time, so that all get their turn.
std::size_t add_heartbeat(wire::text& to, const commons& all, const subscriptions& subscribed, std::size_t from);

}  // namespace tickcast::fanout
