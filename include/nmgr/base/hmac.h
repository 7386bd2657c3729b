// Proofs by a shared secret: HMAC-SHA256, and the one way in which a secret is compared with what a
// stranger sent.
#pragma once

#include <string>
#include <string_view>

namespace nmgr {

// 32 bytes; "" where the library has none to give, which equals no proof (SameSecret).
std::string HmacSha256(std::string_view key, std::string_view text);

// Lower case, two digits a byte.
std::string HexOf(std::string_view bytes);

// Whether `given` is `secret`, in a time that depends on the length of `given` alone. Nothing is
// the same as an empty secret: one that could not be read lets nobody in.
bool SameSecret(std::string_view secret, std::string_view given);

}  // namespace nmgr
