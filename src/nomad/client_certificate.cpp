#include "client_certificate.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "nmgr/base/owned.h"

namespace nmgr::nomad {
namespace {

using Memory = Owned<BIO, BIO_free>;
using Certificate = Owned<X509, X509_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

Memory Reader(const std::string& text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int NoPassphrase(char*, int, int, void*) { return -1; }

Error Unusable(std::string message) {
  return {ErrorCode::kUsage, std::move(message),
          "see NOMAD_CLIENT_CERT (--client-cert) and NOMAD_CLIENT_KEY (--client-key)"};
}

}  // namespace

Expected<void> CheckClientCertificate(const PemFile& certificate, const PemFile& key) {
  if (key.text.find("ENCRYPTED") != std::string::npos) {
    return Error{ErrorCode::kUsage,
                 fmt::format("the client key '{}' is locked by a passphrase", key.path),
                 "nmgr asks for none: give a key without one in NOMAD_CLIENT_KEY (--client-key)"};
  }
  const Certificate shown(
      PEM_read_bio_X509(Reader(certificate.text).get(), nullptr, &NoPassphrase, nullptr));
  if (shown == nullptr) {
    return Unusable(fmt::format("'{}' holds no client certificate in PEM form", certificate.path));
  }
  const Key secret(
      PEM_read_bio_PrivateKey(Reader(key.text).get(), nullptr, &NoPassphrase, nullptr));
  if (secret == nullptr) {
    return Unusable(fmt::format("'{}' holds no private key in PEM form", key.path));
  }
  if (X509_check_private_key(shown.get(), secret.get()) != 1) {
    return Unusable(fmt::format("the client key '{}' does not belong to the certificate '{}'",
                                key.path, certificate.path));
  }
  return {};
}

}  // namespace nmgr::nomad
