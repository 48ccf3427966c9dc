#pragma once
// A connection that has come in and shaken hands, on its way from a porter to a shard.
#include <string>

#include "fanout/handshake.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::fanout {

struct arrival {
  wire::owned_fd socket = wire::owned_fd{};
  bool v6 = false;
  std::string address;   // 127.0.0.1:41234
  std::string host;      // of it, for the ledger
  bool refused = false;  // one too many: it is told so, and closed
  agreement terms;
};

}  // namespace tickcast::fanout
