// Debian's docker-registry, run on loopback by the test itself, and images made for it: a
// configuration, a layer of a few bytes and a manifest, pushed by curl.
//
//   if (!DockerRegistry::IsThere()) { WARN("SKIPPED: ..."); return; }
//   DockerRegistry registry({.htpasswd = true});
//   const std::string digest = registry.Push("app", "1.0", "first");
#pragma once

#include <memory>
#include <string>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::testing {

struct DockerRegistryOptions {
  bool htpasswd = false;    // kUser with kPassword
  bool tls = false;         // with the certificate of the tests (Certificate())
  std::string notify = {};  // where it posts its events
  std::string secret = {};  // as the token of the Authorization of those posts
};

class DockerRegistry {
 public:
  // The registry and curl.
  static bool IsThere();
  static constexpr const char* kUser = "me";
  static constexpr const char* kPassword = "p4ssw0rd-of-me";

  // Throws std::runtime_error where it does not begin to listen.
  explicit DockerRegistry(DockerRegistryOptions options = {});
  ~DockerRegistry();

  std::string host() const;  // "127.0.0.1:PORT"

  // What is pushed is another image for each text. The digest of what the tag then points at.
  std::string Push(const std::string& repository, const std::string& tag,
                   const std::string& text) const;
  // The same with an index of one image behind the tag.
  std::string PushIndex(const std::string& repository, const std::string& tag,
                        const std::string& text) const;
  void Delete(const std::string& repository, const std::string& digest) const;

  // The status of a HEAD of the tag with that Accept header; "": curl's own.
  std::string HeadStatus(const std::string& repository, const std::string& tag,
                         const std::string& accept) const;

 private:
  std::string Curl(const std::string& script) const;
  std::string Url() const;

  const DockerRegistryOptions options_;
  TempDir dir_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace nmgr::testing
