#include "nmgr/base/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace nmgr {

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* const made = ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                  digest.data(), &size);
  if (made == nullptr) return {};
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string HexOf(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr unsigned kLowBits = 0x0F;
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & kLowBits];
  }
  return text;
}

// Hashes of both, so that neither the length nor the first difference tells itself by the time.
bool SameSecret(std::string_view secret, std::string_view given) {
  constexpr std::string_view kKey = "nmgr";
  const std::string a = HmacSha256(kKey, secret);
  const std::string b = HmacSha256(kKey, given);
  if (secret.empty() || a.empty() || a.size() != b.size()) return false;
  return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace nmgr
