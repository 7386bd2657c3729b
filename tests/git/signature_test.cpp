// Commits that are signed with real keys.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "git/mirrored.h"
#include "support/git_server.h"

namespace nmgr::git {
namespace {

using testing::GitOrigin;

std::string MadeKey(const GitOrigin& origin, const std::string& name) {
  const Path key = origin.dir().At(name);
  REQUIRE(RealProcesses()
              .Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key}, "/")
              ->exit_code == 0);
  return key;
}

std::string SignedCommit(const GitOrigin& origin, const std::string& key) {
  origin.Git({"-c", "gpg.format=ssh", "-c", "user.signingKey=" + key, "commit", "-q", "-S",
              "--allow-empty", "-m", "signed"});
  return origin.Git({"rev-parse", "HEAD"});
}

std::string RefusedWith(const Expected<Signature>& signature) {
  REQUIRE_FALSE(signature);
  CHECK(signature.error().code == ErrorCode::kForbidden);
  return signature.error().message;
}

TEST_CASE("a commit signed by ssh is taken from those who are allowed, and from nobody else") {
  GitOrigin origin;
  const std::string key = MadeKey(origin, "ann");
  const std::string stranger = MadeKey(origin, "eve");
  Mirrored at(origin);
  const Path signers = at.dir.Write("signers", "ann@example.org " + origin.dir().Read("ann.pub"));
  const auto verify = [&](const std::string& commit) {
    REQUIRE(at.mirror->Fetch());
    return at.mirror->Verify(commit, SignatureKind::kSsh, signers);
  };
  const std::string good = SignedCommit(origin, key);
  const auto signature = verify(good);
  if (!signature) FAIL(signature.error().message);
  CHECK(signature->signer == "ann@example.org");
  CHECK(signature->key.starts_with("SHA256:"));

  CHECK(RefusedWith(verify(SignedCommit(origin, stranger))).find("allowed signers") !=
        std::string::npos);
  CHECK(RefusedWith(verify(origin.Commit("unsigned"))).find("not signed") != std::string::npos);

  // The signature of one commit under the words of another.
  std::string text = origin.Git({"cat-file", "commit", good}) + "\n";
  text.replace(text.rfind("signed"), 6, "forged");
  const Path file = origin.dir().Write("forged", text);
  const std::string forged = origin.Git({"hash-object", "-t", "commit", "-w", file});
  origin.Git({"update-ref", "refs/heads/main", forged});
  RefusedWith(verify(forged));

  // Asked for the other kind, a good signature of this one is none.
  const auto as_gpg = at.mirror->Verify(good, SignatureKind::kGpg, signers);
  REQUIRE_FALSE(as_gpg);
  CHECK(at.mirror->Verify(good, SignatureKind::kSsh, at.dir.At("absent")).error().code ==
        ErrorCode::kConfig);
}

TEST_CASE("a commit signed by gpg is taken by the keys in the file, trusted by nobody else") {
  const auto is_there = [](const char* program) {
    return RealProcesses().Run({program, "--version"}, "/").has_value();
  };
  if (!is_there("gpg") || !is_there("gpg-agent")) {
    WARN("SKIPPED: there is no gpg here with its agent");
    return;
  }
  GitOrigin origin;
  const Path home = origin.dir().MakeFolder("g");
  std::filesystem::permissions(home, std::filesystem::perms::owner_all);
  const auto gpg = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"gpg", "--homedir", home, "--batch", "--quiet"});
    const auto result = RealProcesses().Run(words, "/");
    REQUIRE(result);
    INFO(result->err);
    REQUIRE(result->exit_code == 0);
    return result->out;
  };
  for (const char* name : {"ann@example.org", "eve@example.org"}) {
    gpg({"--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", "never"});
  }
  const Path script =
      origin.dir().Write("gpg.sh", "#!/bin/sh\nexec gpg --homedir " + home + " \"$@\"\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto commit_as = [&](const std::string& name) {
    origin.Git({"-c", "gpg.program=" + script, "-c", "user.signingKey=" + name, "commit", "-q",
                "-S", "--allow-empty", "-m", "signed"});
    return origin.Git({"rev-parse", "HEAD"});
  };
  Mirrored at(origin);
  const Path keys = at.dir.Write("keys.asc", gpg({"--armor", "--export", "ann@example.org"}));
  const auto verify = [&](const std::string& commit, SignatureKind kind) {
    REQUIRE(at.mirror->Fetch());
    return at.mirror->Verify(commit, kind, keys);
  };
  const std::string good = commit_as("ann@example.org");
  const auto signature = verify(good, SignatureKind::kGpg);
  if (!signature) FAIL(signature.error().message);
  CHECK(signature->signer.find("ann@example.org") != std::string::npos);
  CHECK(signature->key.size() >= 16);
  RefusedWith(verify(good, SignatureKind::kSsh));
  RefusedWith(verify(commit_as("eve@example.org"), SignatureKind::kGpg));
  RefusedWith(verify(origin.Commit("unsigned"), SignatureKind::kGpg));
  CHECK(RealProcesses().Run({"gpgconf", "--homedir", home, "--kill", "all"}, "/"));
}

TEST_CASE("many fetches leave few packs, and older commits that can be asked about") {
  GitOrigin origin;
  const std::string first = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  const auto packs = [&] {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(at.folder() + "/objects/pack")) {
      count += file.path().extension() == ".pack" ? 1 : 0;
    }
    return count;
  };
  // As if so many had been fetched before.
  for (int i = 0; i < 250; ++i) {
    at.dir.Write("mirror/objects/pack/old-" + std::to_string(i) + ".keep", "");
  }
  origin.Git({"commit", "-q", "--amend", "--allow-empty", "-m", "another first one"});
  origin.Write("a", "1");
  const std::string second = origin.Commit();
  CHECK(at.mirror->Fetch().value().forced);
  CHECK(packs() == 1);
  CHECK(at.mirror->ChangesBetween(first, second).value().changed.size() == 1);
}

}  // namespace
}  // namespace nmgr::git
