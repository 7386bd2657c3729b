// Who one is at a registry. Credentials belong to a host and are handed out for that host alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"

namespace nmgr::registry {

// A user with a password, or a token that stands for one where tokens are given out (docker's
// `identitytoken`, of a registry that has people log in elsewhere).
struct Credential {
  std::string user;  // may be empty beside an identity token
  std::string password;
  std::string identity_token = {};
};

// [registry.HOST] of the config file.
struct HostSettings {
  std::string username;
  Path password_file;     // with username; line ends behind the password are no part of it
  Path auth_file;         // of the form of ~/.docker/config.json, instead of the two
  Path ca_file;           // PEM: who vouches for it, instead of the system's authorities
  bool insecure = false;  // http, or TLS that nobody vouches for, will do
};

// What a file of the form of ~/.docker/config.json holds.
struct AuthFile {
  // By host, or by "host/path" for what is below that path alone.
  std::map<std::string, Credential, std::less<>> auths;
  // Hosts whose entry holds nothing that can be used.
  std::vector<std::string> unusable;
  std::string store;                                        // credsStore: a program that is not run
  std::map<std::string, std::string, std::less<>> helpers;  // credHelpers, by host
};

// Nothing where it is no JSON object; entries that cannot be read are left out.
std::optional<AuthFile> ReadAuthFile(std::string_view text);

// The entry for a repository ("library/nginx") of a host: the longest path that it lies below.
const Credential* FindAuth(const AuthFile& file, const std::string& host,
                           std::string_view repository);

// What is known of a host's credentials.
struct Found {
  std::optional<Credential> credential;
  // Why there are none although something names some: "the credentials of ghcr.io are in the helper
  // program docker-credential-pass, which nmgr does not run".
  std::string not_used;
};

// Looks them up: [registry.HOST], else the auths of the docker config file. Files are read once.
// Not thread-safe.
class Credentials {
 public:
  Credentials(std::map<std::string, HostSettings, std::less<>> hosts, Path docker_config,
              FileSystem& files)
      : hosts_(std::move(hosts)), docker_config_(std::move(docker_config)), files_(files) {}

  // kConfig for a file that [registry.HOST] names and that cannot be used. A docker config file
  // that is not there is none; one that cannot be read is `not_used`.
  Expected<Found> For(const std::string& host, std::string_view repository);
  bool IsInsecure(const std::string& host) const;
  // The certificates of `ca_file`; "" where there is none. kConfig for one that cannot be used.
  Expected<std::string> Authorities(const std::string& host) const;

 private:
  Expected<Found> FromSettings(const std::string& host, std::string_view repository,
                               const HostSettings& settings);
  Found FromDocker(const std::string& host, std::string_view repository);

  std::map<std::string, HostSettings, std::less<>> hosts_;
  Path docker_config_;
  FileSystem& files_;
  std::optional<Expected<AuthFile>> docker_;
};

}  // namespace nmgr::registry
