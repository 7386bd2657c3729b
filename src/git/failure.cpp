#include "git/failure.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "nmgr/base/text.h"

namespace nmgr::git {
namespace {

constexpr std::size_t kMostCited = 300;

// One kind of failure: any of these words in what was said.
struct Row {
  std::initializer_list<std::string_view> words;
  ErrorCode code;
  std::string_view message;  // {host} and {ref} stand for what was asked
  std::string_view hint;
};

// In this order: what stands first is the cause of what stands below it.
const Row kRows[] = {
    {{"REMOTE HOST IDENTIFICATION HAS CHANGED"},
     ErrorCode::kForbidden,
     "{host} shows another host key than the one in known_hosts",
     "if its owner has changed it, take the new one over; else somebody is in between"},
    {{"host key is known for", "Host key verification failed"},
     ErrorCode::kForbidden,
     "the host key of {host} is not in known_hosts",
     "ssh-keyscan writes it; compare it with what the host's owner says"},
    {{"UNPROTECTED PRIVATE KEY FILE"},
     ErrorCode::kConfig,
     "ssh does not use the key file: others may read it",
     "chmod 600 it; in a Nomad template block: perms = \"600\""},
    {{"error in libcrypto", "invalid format", "incorrect passphrase"},
     ErrorCode::kConfig,
     "ssh cannot read the key file: it is damaged, or has a passphrase",
     "a private key as ssh-keygen writes it, without a passphrase"},
    {{"Permission denied (", "Too many authentication failures"},
     ErrorCode::kForbidden,
     "{host} does not take the key",
     "add its public half to the repository (a read-only deploy key will do)"},
    {{"Repository not found", "does not appear to be a git repository", "repository not found",
      "' not found"},
     ErrorCode::kNotFound,
     "there is no such repository at {host}, or the credential does not show it",
     "look at the url, and at what the credential may read"},
    {{"not our ref", "unadvertised object", "no such remote ref"},
     ErrorCode::kNotFound,
     "the server does not give the commit",
     "name a branch or tag that holds it"},
    {{"dubious ownership"},
     ErrorCode::kForbidden,
     "the repository belongs to another user, so git does not read it",
     "give it to the user that nmgr runs as"},
    {{"server certificate verification failed", "SSL certificate problem",
      "certificate verify failed", "SSL: no alternative certificate", "certificate subject name"},
     ErrorCode::kForbidden,
     "the certificate of {host} is not trusted",
     "ca_file names the authority that signed it"},
    {{"Could not resolve host", "Could not resolve hostname", "Name or service not known",
      "Temporary failure in name resolution"},
     ErrorCode::kUnreachable,
     "the name {host} is not known",
     "look at the url and at name resolution"},
    {{"not valid: is this a git repository", "invalid content-type"},
     ErrorCode::kUnreachable,
     "{host} answers with something that is no git repository (a login page?)",
     "look at the url and the credential"},
    {{"unable to update url base from redirection", "returned error: 301", "returned error: 302",
      "returned error: 303", "returned error: 307", "returned error: 308"},
     ErrorCode::kUnreachable,
     "{host} sends us elsewhere, and redirects are not followed",
     "give the address that it leads to"},
    {{"returned error: 403"},
     ErrorCode::kForbidden,
     "{host} forbids it (403)",
     "look at what the token may read"},
    {{"returned error: 429"}, ErrorCode::kUnreachable, "{host} asks for fewer questions (429)", ""},
    {{"returned error: 5"}, ErrorCode::kUnreachable, "{host} is out of order", ""},
    {{"Failed to connect",
      "Couldn't connect",
      "Connection refused",
      "Connection timed out",
      "Operation timed out",
      "No route to host",
      "Network is unreachable",
      "Connection reset",
      "Connection closed",
      "Operation too slow",
      "Empty reply from server",
      "early EOF",
      "remote end hung up",
      "unexpected disconnect",
      "RPC failed",
      "Broken pipe",
      "gnutls_handshake",
      "kex_exchange_identification",
      "recv failure",
      "Recv failure",
      "bytes of body are still expected",
      "the remote end hung up",
      "Could not read from remote repository",
      "unable to access"},
     ErrorCode::kUnreachable,
     "{host} does not answer as it should",
     ""},
    {{"fsck error", "remote did not send all necessary objects"},
     ErrorCode::kRejected,
     "git refuses what the repository holds",
     "git fsck shows it in a clone"},
};

std::string Filled(std::string_view text, const Asked& asked) {
  std::string filled(text);
  const auto put = [&filled](std::string_view mark, const std::string& value) {
    if (const std::size_t at = filled.find(mark); at != filled.npos) {
      filled.replace(at, mark.size(), value);
    }
  };
  put("{host}", asked.host.empty() ? "the other side" : EscapeControls(asked.host));
  put("{ref}", EscapeControls(asked.ref));
  return filled;
}

bool Holds(std::string_view said, const Row& row) {
  for (const std::string_view word : row.words) {
    if (said.find(word) != said.npos) return true;
  }
  return false;
}

// Without a token git asks for a name, which nobody types.
bool WantsLogin(std::string_view said) {
  return said.find("could not read Username") != said.npos ||
         said.find("could not read Password") != said.npos ||
         said.find("Authentication failed") != said.npos ||
         said.find("returned error: 401") != said.npos;
}

}  // namespace

std::string MainLine(std::string_view said) {
  std::string_view last;
  for (std::string_view line : Split(said, '\n')) {
    line = TrimBlanks(line);
    if (line.empty()) continue;
    const bool fatal = line.starts_with("fatal: ");
    if (fatal) line.remove_prefix(7);
    last = line;
    if (fatal) break;
  }
  std::string text = EscapeControls(last.substr(0, kMostCited));
  if (last.size() > kMostCited) text += "...";
  return text;
}

Error FailureOf(std::string_view said, const Asked& asked) {
  const std::string cited = MainLine(said);
  const auto error = [&](ErrorCode code, std::string_view message, std::string_view hint) {
    return Error{code, fmt::format("{}: {} (git: {})", asked.url, Filled(message, asked), cited),
                 std::string(hint)};
  };
  if (WantsLogin(said)) {
    return asked.has_token ? error(ErrorCode::kForbidden, "{host} does not take the token",
                                   "has it expired? may it read the repository?")
                           : error(ErrorCode::kForbidden, "{host} wants a login",
                                   "give a token_file, or use ssh");
  }
  for (const Row& row : kRows) {
    if (Holds(said, row)) return error(row.code, row.message, row.hint);
  }
  return {ErrorCode::kIo, fmt::format("{}: git failed: {}", asked.url,
                                      cited.empty() ? "it does not say why" : cited)};
}

Error OddOutput(std::string_view what) {
  return {ErrorCode::kRejected, fmt::format("git shows {} otherwise than nmgr knows", what)};
}

}  // namespace nmgr::git
