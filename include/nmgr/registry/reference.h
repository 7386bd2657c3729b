// An image reference, taken apart as a container engine does it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nmgr::registry {

inline constexpr std::string_view kDockerHub = "docker.io";

struct Reference {
  std::string host;        // "docker.io", "ghcr.io", "registry.lan:5000": in small letters
  std::string repository;  // "library/nginx"
  std::string tag;         // "latest" where the text has neither tag nor digest
  std::string digest;      // "sha256:..."; "" where the text has none

  // "docker.io/library/nginx:1.27", without the digest where there is a tag.
  std::string Name() const;
  // Whom to ask: the registry of docker.io has another name.
  std::string ApiHost() const;
  // Whether the registry is this very machine.
  bool IsLoopback() const;
};

// [docker://][HOST[:PORT]/]NAME[:TAG][@DIGEST]. The first part is a host only if it holds a dot or
// a colon, or is localhost; without one it is docker.io, where a name of one part is below
// library/. Nothing for what names no image of a registry: a path, an archive, a variable that is
// put in later, a name with characters that none has.
std::optional<Reference> ParseReference(std::string_view image);

// The one host that all names of Docker Hub mean; any other in small letters.
std::string HostName(std::string_view host);

// "sha256:" and 64 hexadecimal digits, or another algorithm with as many as it has at least.
bool IsDigest(std::string_view text);

}  // namespace nmgr::registry
