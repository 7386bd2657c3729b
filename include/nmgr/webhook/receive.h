// What git forges and image registries post: first proved, then read. Pure: no clock, no socket.
//
// Whoever listens gives the path, the headers and the raw body; what comes back says what to answer
// and what happened out there. Nothing is acted upon here, and nothing that is read may do more
// than cause a look: a push a fetch, an image a HEAD.
//
// Order: the receiver is found by the path (404), the body is measured (413), the proof is checked
// over the raw bytes (401), and only then is anything of the body read. Once the proof holds, the
// answer is 202 whatever the body: a registry that is told otherwise sends the same again for ever
// and nothing behind it, and a forge switches the hook off.
//
// The configured kind of a receiver decides how its posts are proved and read, never what they look
// like: Gitea sends GitHub's headers too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nmgr::webhook {

enum class Kind {
  kGitHub,  // also packages, so one hook of GitHub's can serve both
  kGitLab,
  kGitea,
  kForgejo,
  kBitbucket,
  kBitbucketServer,
  kGeneric,  // proves that something happened, and says no more
  kDistribution,
  kHarbor,
  kZot,
  kDockerHub,
  kGhcr,
  kQuay,
};

// "github", "bitbucket-server", ...; as in the config file.
std::string_view KindName(Kind kind);
std::optional<Kind> KindOf(std::string_view name);
std::vector<std::string> KindNames();

// Whether senders of this kind cannot prove who they are, so that the secrecy of the path must do.
bool IsProvedByPath(Kind kind);

// `secret` is the HMAC key, except for
//   GitLab         the token itself, or its signing token ("whsec_" and base64)
//   distribution,  what Authorization holds: the whole value, or the token after "Bearer ", or the
//   harbor, zot    "user:password" of Basic
//   dockerhub,     what the path is made of (HookPath)
//   quay
struct Receiver {
  std::string name;  // [receiver.NAME]; letters, digits, '-', '_', '.'
  Kind kind = Kind::kGeneric;
  std::string secret;                     // an empty one proves nothing: everything is refused
  std::vector<std::string> sources = {};  // that it may speak for; empty: all
  std::vector<std::string> hosts = {};    // further names of the forge or registry (concern.h)
  std::size_t most_body = std::size_t{5} << 20U;  // bytes
};

// In the order and case in which they were sent.
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Post {
  std::string_view path;  // "/hooks/NAME", without a query
  const Headers& headers;
  std::string_view body;  // raw
};

// A branch or tag that has moved. Texts that are no such thing are "" or left out, never passed on.
struct Push {
  std::vector<std::string> urls;  // of the repository, in the forms that the sender knows
  std::string ref;                // "refs/heads/main"
  std::string before, after;      // commits; "": none, or not told
  bool deleted = false;
  bool forced = false;
  bool whole = false;    // the sender says no more than that: it concerns each of its sources
  std::string delivery;  // told apart by it (deliveries.h); "": the sender has no such thing
};

// A tag that points somewhere new.
struct Image {
  std::string host = {};  // as whoever pushed named the registry, in small letters; "": not told
  std::string repository = {};  // "library/nginx"
  std::string tag = {};         // never empty
  std::string digest = {};      // "": not told
  bool proved = true;           // false: all that is known is that somebody knows the path
  std::string delivery = {};
};

enum class Outcome { kRefused, kPing, kIgnored, kAccepted };
std::string_view OutcomeName(Outcome outcome);  // "refused", "ping", ...

struct Result {
  Outcome outcome = Outcome::kIgnored;
  int status = 202;  // to answer with
  // Refused or ignored: why, in one line that may be shown to anybody. Accepted: what was left out.
  std::string why;
  std::string receiver;  // "" where there is none on that path
  std::vector<Push> pushes;
  std::vector<Image> images;

  static constexpr std::size_t kMostEvents = 256;
};

// Where its sender is to post to: "/hooks/NAME", and for kinds that are proved by path another part
// that only who has the secret can make.
std::string HookPath(const Receiver& receiver);

Result Receive(const std::vector<Receiver>& receivers, const Post& post);

// Of one receiver, whatever the path: only for kinds that are not proved by it; others are refused.
Result Receive(const Receiver& receiver, const Headers& headers, std::string_view body);

}  // namespace nmgr::webhook
