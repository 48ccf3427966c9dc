#pragma once
// One client's interest in one stream: how it wants it, and where it sits, so that leaving costs the same however many
// others listen.
#include <cstdint>
#include <unordered_map>

#include "fanout/backlog.hpp"
#include "wire/command.hpp"

namespace tickcast::fanout {

struct topic;
class merge_class;
class book_crowd;

struct subscription {
  wire::delivery how;
  topic* home = nullptr;
  merge_class* shared = nullptr;  // `latest`: the class it belongs to; null: every message
  std::uint32_t seat = 0;         // its place among the topic's or the class's seats
  bool fresh = false;             // joined a class in the middle of a merge: seat is among a stretch's fresh
  book_crowd* crowd = nullptr;    // of a book: those who see it as this one does, whatever the mode
};

// By stream; the nodes do not move, so a seat may point at its subscription.
using subscriptions = std::unordered_map<stream_key, subscription>;

}  // namespace tickcast::fanout
