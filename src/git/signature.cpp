#include "git/signature.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "git/failure.h"
#include "nmgr/base/folders.h"
#include "nmgr/base/text.h"
#include "nmgr/git/command.h"

namespace nmgr::git {
namespace {

// A keyring that holds the allowed keys and nothing else, so that any good signature is by one.
Expected<Path> MakeKeyring(Repository& repository, const Path& signers,
                           const std::stop_token& stop) {
  const Path home = repository.folder() + "/nmgr-gnupg";
  TRY(RemoveTree(home));
  TRY(MakeFolders(home));
  const auto imported = repository.RunProgram(
      {"gpg", "--homedir", home, "--batch", "--no-autostart", "--quiet", "--import", "--", signers},
      stop);
  if (!imported && imported.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kConfig, "cannot run gpg: there is no such program",
                 "install the package gnupg"};
  }
  if (!imported) return imported.error();
  if (imported->exit_code != 0) {
    return Error{ErrorCode::kConfig,
                 fmt::format("allowed signers {}: gpg finds no public keys in it: {}", signers,
                             MainLine(imported->err))};
  }
  return home;
}

// By git's letter.
std::string_view WhyRefused(char letter) {
  switch (letter) {
    case 'N':
      return "it is not signed in this way";
    case 'B':
      return "its signature is bad, or of another kind";
    case 'X':
      return "its signature has expired";
    case 'Y':
      return "the key that signed it has expired";
    case 'R':
      return "the key that signed it was revoked";
    default:
      return "it was not signed by one of the allowed signers";
  }
}

}  // namespace

Expected<Signature> VerifySignature(Repository& repository, const std::string& commit,
                                    SignatureKind kind, const Path& signers,
                                    const std::stop_token& stop) {
  const bool ssh = kind == SignatureKind::kSsh;
  // A program that proves nothing, for the kinds that were not asked for.
  constexpr std::string_view kNone = "/bin/false";
  std::vector<std::string> variables;
  std::vector<std::string> arguments = {"-c", fmt::format("gpg.x509.program={}", kNone)};
  if (ssh) {
    arguments.insert(arguments.end(), {"-c", fmt::format("gpg.program={}", kNone), "-c",
                                       fmt::format("gpg.openpgp.program={}", kNone), "-c",
                                       "gpg.ssh.allowedSignersFile=" + signers});
  } else {
    TRY_ASSIGN(const Path home, MakeKeyring(repository, signers, stop));
    variables.push_back("GNUPGHOME=" + home);
    arguments.insert(arguments.end(), {"-c", fmt::format("gpg.ssh.program={}", kNone)});
  }
  arguments.insert(arguments.end(), {"log", "-1", "--no-mailmap", "--no-decorate",
                                     "--format=%G?%x00%GS%x00%GF%x00%GK", commit});
  TRY_ASSIGN(ProcessResult result,
             repository.Ask(std::move(arguments), stop, std::move(variables)));
  result.out = Line(std::move(result.out));
  const std::vector<std::string_view> parts = Split(result.out, '\0');
  if (result.exit_code != 0 || parts.size() != 4 || parts[0].size() != 1) {
    return Error{ErrorCode::kIo, fmt::format("{}: git does not show the signature of {}: {}",
                                             repository.folder(), commit, MainLine(result.err))};
  }
  // Of gpg, U is a good signature by a key that nobody has vouched for; here all were.
  const char letter = parts[0].front();
  if (letter == 'G' || (letter == 'U' && !ssh)) {
    return Signature{EscapeControls(parts[1]),
                     EscapeControls(parts[2].empty() ? parts[3] : parts[2])};
  }
  return Error{ErrorCode::kForbidden,
               fmt::format("commit {} is not taken: {}", commit.substr(0, 12), WhyRefused(letter)),
               "sign it, or add its signer to " + signers};
}

}  // namespace nmgr::git
