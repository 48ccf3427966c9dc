#include "fanout/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdlib.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "fanout/server.hpp"

namespace tickcast::fanout {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  void SetUp() override {
    char name[] = "tls_test_XXXXXX";
    std::string path = (std::filesystem::temp_directory_path() / name).string();
    ASSERT_TRUE(::mkdtemp(path.data()));
    folder = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static key_ptr new_key(bool rsa = false) { return {rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free}; }
  std::string file(const std::string& name) const { return (folder / name).string(); }
  std::string write_key(const std::string& name, EVP_PKEY* key, const char* passphrase = nullptr) const {
    FILE* f = std::fopen(file(name).c_str(), "w");
    PEM_write_PKCS8PrivateKey(f, key, passphrase ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                              const_cast<char*>(passphrase));
    std::fclose(f);
    return file(name);
  }
  std::string write_certificate(const std::string& name, EVP_PKEY* key, long days = 9) const {
    std::unique_ptr<X509, decltype(&X509_free)> c{X509_new(), X509_free};
    X509_gmtime_adj(X509_getm_notBefore(c.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(c.get()), days * 24 * 3600);
    X509_set_pubkey(c.get(), key);
    X509_sign(c.get(), key, EVP_sha256());
    FILE* f = std::fopen(file(name).c_str(), "w");
    PEM_write_X509(f, c.get());
    std::fclose(f);
    return file(name);
  }
  std::string write_text(const std::string& name, const std::string& text) const {
    std::ofstream{file(name)} << text;
    return file(name);
  }
  // The sentence for the operator; empty: it is fine.
  static std::string complaint(const std::string& cert, const std::string& key) {
    certificate_source s;
    s.cert_file = cert;
    s.key_file = key;
    try {
      check_certificate(s);
    } catch (const start_error& e) {
      return e.what();
    }
    return {};
  }

  std::filesystem::path folder;
};

TEST_F(Tls, TakesAPairOfEitherKindAndKnowsWhenItEnds) {
  for (bool rsa : {false, true}) {
    const key_ptr key = new_key(rsa);
    certificate_source s;
    s.cert_file = write_certificate("cert.pem", key.get(), 9);
    s.key_file = write_key("key.pem", key.get());
    const tls_context context{s};
    EXPECT_NEAR(static_cast<double>(context.expiry()), static_cast<double>(std::time(nullptr) + 9 * 24 * 3600), 60);
  }
}

TEST_F(Tls, NamesTheFileThatIsMissing) {
  const key_ptr key = new_key();
  const std::string cert = write_certificate("cert.pem", key.get()), good = write_key("key.pem", key.get());
  EXPECT_THAT(complaint(file("none.pem"), good), AllOf(HasSubstr("certificate"), HasSubstr("none.pem"), HasSubstr("tls_cert")));
  EXPECT_THAT(complaint(cert, file("none.pem")), AllOf(HasSubstr("key"), HasSubstr("none.pem"), HasSubstr("tls_key")));
}

TEST_F(Tls, NamesTheFileThatIsNoPem) {
  const key_ptr key = new_key();
  const std::string cert = write_certificate("cert.pem", key.get()), good = write_key("key.pem", key.get());
  const std::string rubbish = write_text("rubbish.pem", "rubbish\n");
  EXPECT_THAT(complaint(rubbish, good), AllOf(HasSubstr("certificate"), HasSubstr("rubbish.pem")));
  EXPECT_THAT(complaint(cert, rubbish), AllOf(HasSubstr("key"), HasSubstr("rubbish.pem")));
  EXPECT_THAT(complaint(cert, cert), HasSubstr("cannot read the key"));
}

TEST_F(Tls, RefusesAKeyOfAnotherCertificate) {
  const key_ptr key = new_key(), other = new_key(), rsa = new_key(true);
  const std::string cert = write_certificate("cert.pem", key.get());
  EXPECT_THAT(complaint(cert, write_key("other.pem", other.get())), AllOf(HasSubstr("other.pem"), HasSubstr("does not belong")));
  EXPECT_THAT(complaint(cert, write_key("rsa.pem", rsa.get())), AllOf(HasSubstr("rsa.pem"), HasSubstr("does not belong")));
}

TEST_F(Tls, RefusesAnEncryptedKeyWithoutAskingForItsPassphrase) {
  const key_ptr key = new_key();
  EXPECT_THAT(complaint(write_certificate("cert.pem", key.get()), write_key("locked.pem", key.get(), "secret")),
              AllOf(HasSubstr("locked.pem"), HasSubstr("without a passphrase")));
}

TEST_F(Tls, MakesACertificateOfItsOwn) {
  certificate_source s;
  s.self_signed = true;
  EXPECT_GT(tls_context{s}.expiry(), std::time(nullptr) + 20L * 24 * 3600);
}

}  // namespace
}  // namespace tickcast::fanout
