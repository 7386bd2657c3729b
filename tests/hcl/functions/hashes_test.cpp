#include <crypt.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>

#include "hcl/functions/call.h"
#include "nmgr/base/base64.h"

namespace nmgr::hcl {

namespace {

// A key pair made for one test, with "message" encrypted to its public half in base 64.
struct Encrypted {
  std::string key;
  std::string ciphertext;
};

Encrypted EncryptMessage(unsigned bits) {
  EVP_PKEY* key = EVP_RSA_gen(bits);
  REQUIRE(key != nullptr);
  BIO* bio = BIO_new(BIO_s_mem());
  REQUIRE(PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr) ==
          1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  Encrypted encrypted{std::string(text, static_cast<std::size_t>(size)), {}};

  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  const std::string message = "message";
  std::string bytes(bits / 8, '\0');
  std::size_t length = bytes.size();
  REQUIRE(EVP_PKEY_encrypt_init(context) == 1);
  REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
  REQUIRE(EVP_PKEY_encrypt(context, reinterpret_cast<unsigned char*>(bytes.data()), &length,
                           reinterpret_cast<const unsigned char*>(message.data()),
                           message.size()) == 1);
  encrypted.ciphertext = EncodeBase64(bytes);
  EVP_PKEY_CTX_free(context);
  BIO_free(bio);
  EVP_PKEY_free(key);
  return encrypted;
}

}  // namespace

TEST_CASE("Hashes are hexadecimal") {
  CHECK(Show("md5", {Text("hello")}) == "5d41402abc4b2a76b9719d911017c592");
  CHECK(Show("sha1", {Text("")}) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(Show("sha256", {Num("1")}) ==
        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b");
  CHECK(Show("sha512", {Text("")}).substr(0, 16) == "cf83e1357eefb8bd");
}

TEST_CASE("bcrypt hashes can be checked by others") {
  const std::string hash = Show("bcrypt", {Text("sécret"), Num("4")});
  REQUIRE(hash.size() == 60);
  CHECK(hash.substr(0, 7) == "$2a$04$");
  const std::string setting = "$2b$" + hash.substr(4);
  crypt_data data{};
  CHECK(setting.substr(4) ==
        std::string(crypt_rn("sécret", setting.c_str(), &data, sizeof data)).substr(4));
  CHECK(Show("bcrypt", {Text("x"), Num("4")}) != Show("bcrypt", {Text("x"), Num("4")}));
}

TEST_CASE("bcrypt has bounds") {
  CHECK(Show("bcrypt", {Text("x"), Num("1")}).substr(0, 7) == "$2a$10$");
  CHECK(FaultAt("bcrypt", {Text("x"), Num("40")}) == -1);
  CHECK(FaultAt("bcrypt", {Text("x"), Num("31")}) == -1);
  CHECK(FaultAt("bcrypt", {Text("x"), Num("4"), Num("4")}) == -1);
  CHECK(FaultAt("bcrypt", {Text("x"), Num("4.5")}) == -1);
  CHECK(FaultAt("bcrypt", {Text(std::string(73, 'x'))}) == -1);
  CHECK(FaultAt("bcrypt", {Text(std::string_view("a\0b", 3)), Num("4")}) == -1);
}

TEST_CASE("Time spent on hashing counts against the budget") {
  std::int64_t budget = 1 << 20U;
  FunctionContext context;
  context.budget = &budget;
  int hashed = 0;
  while (hashed < 100 && Try("bcrypt", {Text("x"), Num("4")}, context)) ++hashed;
  CHECK(hashed == 8);
}

TEST_CASE("rsadecrypt") {
  const Encrypted good = EncryptMessage(1024);
  CHECK(Show("rsadecrypt", {Text(good.ciphertext), Text(good.key)}) == "message");
  CHECK(Show("rsadecrypt", {Text(good.ciphertext), Text("before\n" + good.key)}) == "message");
  CHECK(FaultAt("rsadecrypt", {Text("not base 64"), Text(good.key)}) == -1);
  CHECK(FaultAt("rsadecrypt", {Text("AAAA"), Text(good.key)}) == -1);
  CHECK(FaultAt("rsadecrypt", {Text(good.ciphertext), Text("no key")}) == -1);
  CHECK(FaultAt("rsadecrypt", {Text(good.ciphertext), Text("")}) == -1);
  CHECK(FaultAt("rsadecrypt", {Text(good.ciphertext), Text(EncryptMessage(1024).key)}) == -1);
  std::string damaged = good.key;
  damaged.replace(damaged.find("\nM") + 1, 1, "Q");
  CHECK(FaultAt("rsadecrypt", {Text(good.ciphertext), Text(damaged)}) == -1);
}

TEST_CASE("rsadecrypt refuses keys that are too small") {
  const Encrypted weak = EncryptMessage(512);
  CHECK(FaultAt("rsadecrypt", {Text(weak.ciphertext), Text(weak.key)}) == -1);
}

}  // namespace nmgr::hcl
