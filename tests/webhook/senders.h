// A good post of every kind of sender: small, in the form that the kind sends, proved by a secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/webhook/receive.h"

namespace nmgr::testing {

inline constexpr std::string_view kSecret = "correct horse";
inline constexpr std::string_view kBefore = "1111111111111111111111111111111111111111";
inline constexpr std::string_view kAfter = "2222222222222222222222222222222222222222";
inline constexpr std::string_view kNone = "0000000000000000000000000000000000000000";
inline constexpr std::string_view kDigest =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

struct Sent {
  webhook::Receiver receiver;
  webhook::Headers headers;
  std::string body;
  std::string proof = {};  // the name of the header that holds it; "": the path does

  webhook::Result Receive() const;
  Sent With(std::string_view header, std::string_view value) const;  // in place of what is there
  Sent Without(std::string_view header) const;
  Sent WithBody(std::string body) const;  // proved anew
};

// The proof of `sent` for its body as it is now.
std::string ProofOf(const Sent& sent);

Sent Sample(webhook::Kind kind);
std::vector<Sent> AllSamples();

}  // namespace nmgr::testing
