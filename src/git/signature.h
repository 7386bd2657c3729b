// Whether a commit was signed by somebody who may: git asks ssh-keygen or gpg.
#pragma once

#include <stop_token>
#include <string>

#include "git/repository.h"
#include "nmgr/git/mirror.h"

namespace nmgr::git {

// Of a commit that is there. As Mirror::Verify.
Expected<Signature> VerifySignature(Repository& repository, const std::string& commit,
                                    SignatureKind kind, const Path& signers,
                                    const std::stop_token& stop);

}  // namespace nmgr::git
