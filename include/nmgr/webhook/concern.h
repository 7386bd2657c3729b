// What an event is about, in the terms of those who depend on it: which source's repository and
// branch a push has moved, which image reference a pushed tag is.
//
// Forges and registries are known by several names (an address in the cluster, one behind a proxy,
// the one that somebody typed), so a receiver may have `hosts`: further names of the server whose
// events it gets. Taking an event for one's own too often costs one look; too seldom, the time
// until the next poll.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/webhook/receive.h"

namespace nmgr::webhook {

// Where a repository is, whatever the way to it: https://, http://, ssh://, git:// and
// user@host:path. Hosts and paths are in small letters (no forge tells paths apart by case);
// user, ".git", slashes at the ends and the usual port of the scheme are left out.
struct RepositoryAddress {
  enum class Way { kHttp, kSsh, kGit };
  Way way = Way::kHttp;
  std::string host;  // without brackets around an IPv6 address
  std::string port;  // "": the usual one
  std::string path;  // "team/app"
};

// Nothing for what is no address of a repository on a server (a path, file://).
std::optional<RepositoryAddress> ParseRepository(std::string_view url);

// Whether both are the same repository. Ports are compared only where the ways are the same: ssh
// and https have different ones on the same server.
bool IsSameRepository(const RepositoryAddress& a, const RepositoryAddress& b);

// What a forge knows a source by.
struct FollowedSource {
  std::string name;
  std::string url;
  std::string ref;  // the full one: "refs/heads/main"; a commit is moved by nothing
};

// Whether `receiver` may speak for a source.
bool SpeaksFor(const Receiver& receiver, std::string_view source);

// Whether `push`, which came to `receiver`, is of the repository at `url`, whatever its branch.
bool IsOf(const Receiver& receiver, const Push& push, std::string_view url);

// Whether `push`, which came to `receiver`, concerns a source.
bool Concerns(const Receiver& receiver, const Push& push, std::string_view source,
              std::string_view url, std::string_view ref);

// Of each source that one of these pushes concerns, in their order: its name and the commit that
// was announced for it last, which may be ahead of what the remote has to give for a while ("": not
// told, or the branch is gone).
struct Announced {
  std::string source;
  std::string commit;
};
std::vector<Announced> AnnouncedBy(const Receiver& receiver, const std::vector<Push>& pushes,
                                   const std::vector<FollowedSource>& sources);

// Whether `image`, which came to `receiver`, is what a reference with these parts names
// ("docker.io", "library/nginx", "1.27").
bool Concerns(const Receiver& receiver, const Image& image, std::string_view host,
              std::string_view repository, std::string_view tag);

}  // namespace nmgr::webhook
