// How each kind of sender proves that it knows the secret. Every comparison is SameSecret's.
#pragma once

#include <string_view>

#include "nmgr/webhook/receive.h"

namespace nmgr::webhook {

// `text` is what the proof is made over. False also for a receiver without a secret.
bool IsProved(const Receiver& receiver, const Headers& headers, std::string_view text);

// The part of HookPath that only who has the secret can make.
std::string PathProof(const Receiver& receiver);

}  // namespace nmgr::webhook
