// The bytes of one connection: a non-blocking socket and, unless plain, OpenSSL over it.
//
// Cheap on purpose: one recv() of up to 64 KB per readiness into a buffer the whole thread shares, a BIO that lets SSL read
// straight from there, and one that gathers what SSL writes in another buffer of the thread for one send(). OpenSSL's own socket BIO
// would take two system calls per record read (header, body), and the load generator shares a small machine with the server it
// measures. The load's clients and the floor's server end are made of it. Not: a general client; it verifies no certificate.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bench {

class tls_pipe {
public:
  enum class verdict { open, again, closed, broken };

  // TLS 1.3 only, AES-128-GCM, X25519: the same for every server of a comparison. Null when plain.
  static SSL_CTX* make_context();

  // What all pipes of one thread read into and encrypt into.
  struct shared {
    std::span<char> received;
    std::string& sending;
  };

  // Client or server, as the context is.
  tls_pipe(int fd, SSL_CTX* context, shared& buffers);
  ~tls_pipe();
  tls_pipe(const tls_pipe&) = delete;
  tls_pipe& operator=(const tls_pipe&) = delete;

  int fd() const { return fd_; }
  std::size_t filled() const { return filled_; } // bytes of the last fill(): what was on the wire, without TCP and IP headers
  bool wants_write() const { return !out_.empty(); }
  std::string why() const { return why_; }

  // One recv(). `open`: there may be something for handshake() and read().
  verdict fill();
  // `again`: more bytes are needed; `open`: done.
  verdict handshake();
  // Decrypted bytes into `into`; 0 when what fill() brought is used up. -1: closed or broken, see why().
  std::ptrdiff_t read(std::span<char> into);
  // One send(), at once; what the socket does not take is kept, see wants_write() and flush().
  bool write(std::string_view bytes);
  bool flush();

private:
  friend int pipe_bio_read(BIO*, char*, int);
  friend int pipe_bio_write(BIO*, const char*, int);

  bool send(std::string_view bytes);
  bool send_encrypted();

  int fd_;
  SSL* ssl_ = nullptr;
  shared& shared_;
  std::string_view in_;   // what fill() brought and nobody has taken yet; points into shared_.received
  std::string out_;       // encrypted, not yet accepted by the kernel
  std::size_t filled_ = 0;
  std::string why_;
};

} // namespace bench
