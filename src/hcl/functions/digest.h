// Hashes, random bytes and RSA from OpenSSL's libcrypto, which only digest.cpp knows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

enum class Hash { kMd5, kSha1, kSha256, kSha512 };

// Raw bytes. Counts against the budget. Fails where that is spent or the library's policy forbids
// the algorithm.
FunctionOutcome<std::string> Digest(Hash hash, std::string_view bytes,
                                    const FunctionContext& context);
FunctionOutcome<std::string> RandomBytes(std::size_t count);

// What PKCS #1 v1.5 encrypted to the public half of `pem`, an unencrypted PKCS #1 private key of at
// least 1024 bits.
FunctionOutcome<std::string> DecryptRsa(std::string_view ciphertext, std::string_view pem);

}  // namespace nmgr::hcl::functions
