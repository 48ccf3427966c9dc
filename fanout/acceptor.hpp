#pragma once
// The door: one listening socket, and the porters who stand at it. Who has come in goes to the shard with the fewest.
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "fanout/ledger.hpp"
#include "fanout/limits.hpp"
#include "fanout/porter.hpp"
#include "wire/owned_fd.hpp"

namespace tickcast::fanout {

class shard;

class acceptor {
 public:
  // Throws start_error when the port cannot be had.
  acceptor(const boost::asio::ip::tcp::endpoint& at, std::size_t porters, const limits& l, ledger& book,
           const std::shared_ptr<const tls_context>& tls);

  void start(const std::vector<shard*>& shards);
  void renew(const std::shared_ptr<const tls_context>& tls);
  void close();  // for all who would come, and who are still shaking hands
  void stop();   // and waits for the porters
  boost::asio::ip::tcp::endpoint local() const;
  const std::vector<std::unique_ptr<porter>>& porters() const { return porters_; }

 private:
  wire::owned_fd listener_;
  std::vector<std::unique_ptr<porter>> porters_;
};

}  // namespace tickcast::fanout
