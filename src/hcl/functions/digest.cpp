#include "hcl/functions/digest.h"

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "hcl/functions/support.h"
#include "nmgr/base/owned.h"

namespace nmgr::hcl::functions {
namespace {

constexpr int kLeastRsaBits = 1024;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using KeyDecoder = Owned<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;
using Bio = Owned<BIO, BIO_free>;

void FreeMemory(void* memory) { OPENSSL_free(memory); }

const EVP_MD* Algorithm(Hash hash) {
  switch (hash) {
    case Hash::kMd5:
      return EVP_md5();
    case Hash::kSha1:
      return EVP_sha1();
    case Hash::kSha256:
      return EVP_sha256();
    case Hash::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

const unsigned char* UnsignedBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The library's own queue of errors must not grow from call to call.
FunctionError CryptoFault(std::string message) {
  ERR_clear_error();
  return Fault(std::move(message));
}

FunctionOutcome<std::string> PemContent(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (!bio || PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) {
    return CryptoFault("failed to parse key: no key found");
  }
  const Owned<char, FreeMemory> owned_name(name);
  const Owned<char, FreeMemory> owned_header(header);
  const Owned<unsigned char, FreeMemory> owned_data(data);
  if (std::string_view(header).find("ENCRYPTED") != std::string_view::npos) {
    return Fault(
        "failed to parse key: password protected keys are not supported. Please decrypt the key "
        "prior to use");
  }
  return std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

FunctionOutcome<Key> ParsePrivateKey(std::string_view der) {
  EVP_PKEY* raw = nullptr;
  const KeyDecoder decoder(OSSL_DECODER_CTX_new_for_pkey(&raw, "DER", "type-specific", "RSA",
                                                         EVP_PKEY_KEYPAIR, nullptr, nullptr));
  const unsigned char* data = UnsignedBytes(der);
  std::size_t size = der.size();
  const bool parsed = decoder && OSSL_DECODER_from_data(decoder.get(), &data, &size) == 1;
  Key key(raw);
  if (!parsed || size != 0) return CryptoFault("failed to parse key: not a PKCS#1 private key");
  if (EVP_PKEY_get_bits(key.get()) < kLeastRsaBits) {
    return Fault("the key is too small to be secure (less than 1024 bits)");
  }
  return key;
}

}  // namespace

FunctionOutcome<std::string> Digest(Hash hash, std::string_view bytes,
                                    const FunctionContext& context) {
  // Beside the bytes, which every call pays for.
  constexpr std::int64_t kCost = 256;
  if (!Charge(context, kCost)) return Fault("too much is hashed in one evaluation");
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                 Algorithm(hash), nullptr) != 1) {
    return CryptoFault("the hash is not available");
  }
  out.resize(size);
  return out;
}

FunctionOutcome<std::string> RandomBytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) {
    return CryptoFault("no random numbers are available");
  }
  return out;
}

FunctionOutcome<std::string> DecryptRsa(std::string_view ciphertext, std::string_view pem) {
  const FunctionOutcome<std::string> der = PemContent(pem);
  if (!der) return der.error();
  const FunctionOutcome<Key> key = ParsePrivateKey(*der);
  if (!key) return key.error();

  const KeyContext context(EVP_PKEY_CTX_new((*key).get(), nullptr));
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size((*key).get())), '\0');
  std::size_t size = out.size();
  bool done = context && EVP_PKEY_decrypt_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1;
  // Newer libraries would answer a wrong key with random text instead of an error.
  if (done) EVP_PKEY_CTX_ctrl_str(context.get(), "rsa_pkcs1_implicit_rejection", "0");
  done = done && EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                                  &size, UnsignedBytes(ciphertext), ciphertext.size()) == 1;
  if (!done) return CryptoFault("decryption error");
  ERR_clear_error();
  out.resize(size);
  return out;
}

}  // namespace nmgr::hcl::functions
