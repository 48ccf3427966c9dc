#pragma once
// What several connections were told of the same numbers: within one epoch a number says the same to everybody, and a
// merged message is exactly the sum of the numbers it covers. Plain messages are remembered, whoever heard them first;
// everything else is compared with them. Of each stream as many are kept as the budget that all share allows; a merged
// message of which some are unknown yet waits for them, and is passed over when they do not come.
//
// One thread. It keeps streams of all epochs that it has seen.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wire/market_message.hpp"

namespace tickcast::wire {

class reference {
 public:
  // `budget`: how many messages are kept in all.
  explicit reference(std::size_t budget = std::size_t{1} << 20) : budget_(budget) {}

  struct entry {
    sequence n = 0;
    std::int64_t t_us = 0;
    decimal price, size;
    std::uint64_t fingerprint = 0;
    bool exact = false;
    bool conditions = false;
  };
  struct waiting {
    market_message merged;  // without its symbol
    std::string who;
  };
  struct stream {
    std::string name;               // "trades AAPL"
    std::vector<entry> kept;        // number n at n modulo its size, a power of two
    sequence lowest = 0, highest = 0;
    std::vector<waiting> merges;    // not all of their numbers are known
  };
  struct figures {
    std::uint64_t messages = 0;        // plain ones that two connections were told
    std::uint64_t merges = 0;          // compared with what they cover
    std::uint64_t passed_over = 0;     // merged ones of which not all was known
    std::uint64_t across_seconds = 0;  // merged trades whose trades are of more than one second of venue time
    std::uint64_t across_minutes = 0;
    std::uint64_t bars = 0;            // ended or revised ones, compared with their trades
  };

  stream& of(std::string_view epoch, channel c, std::string_view symbol);
  // What is wrong, beginning with the name of the law, or nothing. `who` names the connection.
  std::string hear(stream& at, const market_message& m, std::string_view who);
  // A bar that is over, against the trades of its symbol, if all that it covers are known and have no conditions.
  std::string hear_bar(const stream& trades, const market_message& m, std::string_view who);
  const figures& told() const { return told_; }
  // Merged messages that wait for what they cover. What waits at the end has been passed over.
  std::size_t waiting_merges() const { return waiting_; }

 private:
  static constexpr std::size_t least = 64, most = std::size_t{1} << 16;
  static constexpr std::size_t waiting_max = 64;  // of one stream

  std::string remember(stream& at, const market_message& m);
  std::string look_again(stream& at, sequence n);
  enum class known : std::uint8_t { all, not_yet, never };
  static known covers(const stream& at, const market_message& m);
  std::string compare_merge(const stream& at, const market_message& m, std::string_view who);
  bool widen(stream& at);

  std::size_t budget_;
  figures told_;
  std::size_t waiting_ = 0;
  std::unordered_map<std::string, std::unique_ptr<stream>> streams_;
  std::string key_;
};

}  // namespace tickcast::wire
