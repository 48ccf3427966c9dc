#pragma once
// A server's side of one TLS handshake, by OpenSSL, a step each time something has come, and what both sides agreed on at
// its end. That goes to a link, on another thread: the secrets, for a record layer of ours (TLS 1.3), or OpenSSL's own
// object (TLS 1.2, and the few clients that asked for shorter records). Nothing is read beyond the handshake.
#include <cstdint>
#include <memory>

#include "fanout/counter.hpp"
#include "fanout/tally.hpp"
#include "fanout/tls.hpp"
#include "fanout/traffic_key.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

enum class io : std::uint8_t { done, again, closed, failed };

// How a connection goes on. Empty: in plain text.
struct agreement {
  const record_suite* suite = nullptr;  // with `secrets`
  std::unique_ptr<traffic_secrets> secrets;
  ssl_ptr ssl;
  wire::text unsent;    // of the handshake, what the socket did not take
  bool failed = false;  // there is nothing to go on with: the alert arrives, and then the end
};

class handshake {
 public:
  handshake(int fd, ssl_ptr ssl, tls_wire& wire, counter& bytes_out);
  handshake(const handshake&) = delete;
  handshake& operator=(const handshake&) = delete;

  // `failed` and `closed`: `why()` says what went wrong.
  io step();
  handshake_result why() const { return why_; }
  bool blocked() const { return unsent_.size() > 0; }  // a step is due when the socket takes bytes again, too
  agreement agreed();                                  // once it is over

 private:
  bool send(std::string_view bytes);
  io after(int result);

  const int fd_;
  ssl_ptr ssl_;
  tls_wire& wire_;
  counter& bytes_out_;
  std::unique_ptr<traffic_secrets> secrets_ = std::make_unique<traffic_secrets>();
  wire::text unsent_;
  handshake_result why_ = handshake_result::other;
};

}  // namespace tickcast::fanout
