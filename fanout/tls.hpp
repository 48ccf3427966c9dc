#pragma once
// TLS as far as OpenSSL does it: one SSL_CTX, an SSL per connection until its handshake is done (in TLS 1.2: to its end),
// and one BIO a thread that all its connections share. The BIO reads straight from the socket of whoever is at work and
// gathers what is to be written, so several records leave in one send and an idle connection holds no buffer at all.
//
// Asio's ssl::stream would hold some 68 KB a connection.
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "wire/text.hpp"

namespace tickcast::fanout {

struct certificate_source;
struct traffic_secrets;

struct ssl_free {
  void operator()(SSL* s) const { SSL_free(s); }
  void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
  void operator()(BIO* b) const { BIO_free(b); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;

// The shared BIO: set `fd` before every SSL call, take `out` after it.
class tls_wire {
 public:
  tls_wire();
  int fd = -1;
  int error = 0;     // errno of the last failed read; 0 with `eof`
  bool eof = false;
  wire::text out;
  BIO* bio() { return bio_.get(); }

 private:
  std::unique_ptr<BIO, ssl_free> bio_;
};

class tls_context {
 public:
  // Throws start_error with a sentence that names the file and what is wrong with it.
  explicit tls_context(const certificate_source& source);

  ssl_ptr accept(tls_wire& wire) const;  // a server-side SSL on this BIO
  // Where the handshake's traffic secrets are to go; they have to outlive it.
  static void log_keys(SSL& ssl, traffic_secrets& into);
  // This one goes on with OpenSSL after its handshake, on this BIO.
  static void go_on(SSL& ssl, tls_wire& wire);
  std::int64_t expiry() const { return expiry_; }  // Unix seconds

 private:
  std::unique_ptr<SSL_CTX, ssl_free> context_;
  std::int64_t expiry_ = 0;
};

}  // namespace tickcast::fanout
