#include "fanout/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "fanout/server.hpp"
#include "fanout/traffic_key.hpp"

namespace tickcast::fanout {
namespace {

std::string openssl_reason() {
  const unsigned long code = ERR_peek_error();  // the first is the cause, the rest who stumbled over it
  const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason ? reason : "unknown error";
}

// ---- the BIO ----

int wire_write(BIO* b, const char* bytes, int size) {
  auto* wire = static_cast<tls_wire*>(BIO_get_data(b));
  wire->out.add({bytes, static_cast<std::size_t>(size)});
  return size;
}

int wire_read(BIO* b, char* bytes, int size) {
  auto* wire = static_cast<tls_wire*>(BIO_get_data(b));
  BIO_clear_retry_flags(b);
  const ssize_t got = ::recv(wire->fd, bytes, static_cast<std::size_t>(size), 0);
  if (got > 0) return static_cast<int>(got);
  if (got == 0) {
    wire->eof = true;
    return 0;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    BIO_set_retry_read(b);
  } else {
    wire->error = errno;
  }
  return -1;
}

long wire_control(BIO* b, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<tls_wire*>(BIO_get_data(b))->eof;
  return 0;
}

const BIO_METHOD* wire_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "shard socket");
    if (!m) throw std::bad_alloc{};
    BIO_meth_set_write(m, wire_write);
    BIO_meth_set_read(m, wire_read);
    BIO_meth_set_ctrl(m, wire_control);
    return m;
  }();
  return method;
}

// ---- the context ----

// http/1.1 is all we speak; a client that offers only something else gets no ALPN answer and finds out by HTTP.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void note_key(const SSL* ssl, const char* line) {
  if (auto* into = static_cast<traffic_secrets*>(SSL_get_app_data(ssl))) into->note(line);
}

void make_self_signed(SSL_CTX* context) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> cert{X509_new(), X509_free};
  if (!key || !cert) throw start_error("cannot make a self-signed certificate: " + openssl_reason());
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 30L * 24 * 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  X509V3_CTX extension;
  X509V3_set_ctx(&extension, cert.get(), cert.get(), nullptr, nullptr, 0);
  for (const auto& [id, value] : {std::pair{NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"},
                                  std::pair{NID_basic_constraints, "critical,CA:FALSE"}}) {
    X509_EXTENSION* e = X509V3_EXT_conf_nid(nullptr, &extension, id, value);
    X509_add_ext(cert.get(), e, -1);
    X509_EXTENSION_free(e);
  }
  if (!X509_sign(cert.get(), key.get(), EVP_sha256()) || SSL_CTX_use_certificate(context, cert.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    throw start_error("cannot make a self-signed certificate: " + openssl_reason());
}

void load_files(SSL_CTX* context, const certificate_source& source) {
  const auto mismatch = [&] {
    ERR_clear_error();
    return start_error("the key " + source.key_file + " does not belong to the certificate " + source.cert_file +
                       "; give the pair that was made together");
  };
  if (SSL_CTX_use_certificate_chain_file(context, source.cert_file.c_str()) != 1)
    throw start_error("cannot read the certificate " + source.cert_file + " (" + openssl_reason() +
                      "); tls_cert must be a readable PEM file");
  if (SSL_CTX_use_PrivateKey_file(context, source.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH)
      throw mismatch();
    throw start_error("cannot read the key " + source.key_file + " (" + openssl_reason() +
                      "); tls_key must be a readable PEM file without a passphrase");
  }
  if (SSL_CTX_check_private_key(context) != 1) throw mismatch();
}

// An encrypted key must fail, not ask the terminal for its passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

std::int64_t expiry_of(SSL_CTX* context) {
  tm t{};
  const X509* cert = SSL_CTX_get0_certificate(context);
  return cert && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &t) == 1 ? static_cast<std::int64_t>(::timegm(&t)) : 0;
}

}  // namespace

tls_wire::tls_wire() : bio_(BIO_new(wire_method())) {
  if (!bio_) throw std::bad_alloc{};
  BIO_set_data(bio_.get(), this);
  BIO_set_init(bio_.get(), 1);
}

tls_context::tls_context(const certificate_source& source) : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* c = context_.get();
  if (!c) throw start_error("cannot set up TLS: " + openssl_reason());
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  // Measured: a record's cost is its encryption, and AES-128-GCM is the cheapest where the processor helps; X25519
  // before P-256 for the key exchange. Clients without AES in hardware still get ChaCha20 by their own first choice.
  SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384");
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_RENEGOTIATION |
                             SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // A partial write cannot happen (the BIO takes all), and a released buffer is 33 KB an idle connection does not hold.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  // Nothing may be read or written beyond the handshake, where our own record layer begins: no reading ahead, no tickets.
  // Resumption gains almost nothing (the key exchange stays) and a ticket costs memory and time.
  SSL_CTX_set_read_ahead(c, 0);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_keylog_callback(c, note_key);
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(c, no_passphrase);
  if (source.self_signed) {
    make_self_signed(c);
  } else {
    load_files(c, source);
  }
  expiry_ = expiry_of(c);
}

ssl_ptr tls_context::accept(tls_wire& wire) const {
  ssl_ptr ssl{SSL_new(context_.get())};
  if (!ssl) return ssl;
  BIO_up_ref(wire.bio());
  SSL_set_bio(ssl.get(), wire.bio(), wire.bio());
  SSL_set_accept_state(ssl.get());
  return ssl;
}

void tls_context::log_keys(SSL& ssl, traffic_secrets& into) { SSL_set_app_data(&ssl, &into); }

void tls_context::go_on(SSL& ssl, tls_wire& wire) {
  BIO_up_ref(wire.bio());
  SSL_set_bio(&ssl, wire.bio(), wire.bio());
  SSL_set_app_data(&ssl, nullptr);
  SSL_set_read_ahead(&ssl, 1);
}

void check_certificate(const certificate_source& source) {
  if (!source.none()) tls_context{source};
}

}  // namespace tickcast::fanout
