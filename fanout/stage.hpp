#pragma once
// A shard without its thread and its sockets: the lane, the topics, and what happens in a turn. The shard gives it the
// time and its connections; a replay gives it a recorded time and a script.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fanout/commons.hpp"
#include "fanout/topics.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"

namespace tickcast::fanout {

class stage {
 public:
  stage(const service& what, wire::lane& lane, wire::inbox& inbox, std::uint32_t index,
        const clock& time = {});

  // Takes at most `records` from the lane, publishes them, sends what is merged and due, and flushes every session that
  // was touched, once. How many it took.
  std::size_t turn(std::size_t records, std::int64_t now_ns);

  commons all;
  topics streams;

 private:
  void carry_out(std::size_t taken);

  wire::lane& lane_;
  std::vector<wire::record> records_;
  wire::notes notes_;
};

}  // namespace tickcast::fanout
