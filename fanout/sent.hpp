#pragma once
// What leaves in one batch, summed up while it is joined: the shard's counters are touched once a batch, not once a
// message, and a batch that goes to several clients is counted for each.
#include <array>
#include <cstdint>

#include "fanout/tally.hpp"
#include "wire/channel.hpp"

namespace tickcast::fanout {

class sent {
 public:
  void add(wire::channel c, std::int64_t messages, std::int64_t bytes) {
    of& o = channels_[wire::index_of(c)];
    o.messages += messages;
    o.bytes += bytes;
  }
  void add_merged(wire::channel c, std::int64_t ticks) { channels_[wire::index_of(c)].merged += ticks; }
  // A message that had this much of a way: since the oldest tick in it came in. 0: a snapshot, or a gap.
  void add_way(wire::channel c, std::int64_t arrived_ns) {
    if (!arrived_ns) return;
    of& o = channels_[wire::index_of(c)];
    ++o.live;
    if (!o.oldest_ns || arrived_ns < o.oldest_ns) o.oldest_ns = arrived_ns;
  }
  void count(tally& counts, wire::encoding as, std::int64_t now_ns) const {
    const std::size_t e = wire::index_of(as);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const of& o = channels_[c];
      if (o.messages) counts.messages_out[e][c].add(o.messages), counts.bytes_out[e][c].add(o.bytes);
      if (o.merged) counts.merged[c].add(o.merged);
      if (o.live) counts.tick_to_socket[c].observe(now_ns - o.oldest_ns, o.live);
    }
  }

 private:
  struct of {
    std::int64_t messages = 0, bytes = 0, merged = 0, live = 0, oldest_ns = 0;  // live: those with a way, and their oldest
  };
  std::array<of, wire::channel_count> channels_{};
};

}  // namespace tickcast::fanout
