// A stand-in for an image registry (the distribution protocol): tags with their digests, lists in
// pages, Basic credentials or tokens, and whatever wrong answer a test wants.
//
//   FakeRegistry registry;
//   registry.Put("app", "1.0", 'a');          // its digest is sha256:aaa...
//   ... image = registry.host() + "/app:1.0" ...
//   CHECK(registry.Asked("HEAD /v2/app/manifests/1.0") == 1);
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/raw_server.h"

namespace nmgr::testing {

enum class RegistryAuth { kNone, kBasic, kToken };

struct FakeRegistryOptions {
  RegistryAuth auth = RegistryAuth::kNone;
  std::string user = "me";
  std::string password = "p4ssw0rd-of-me";
  std::size_t page_size = 1000;
  std::string realm = {};                               // of tokens; "": the registry itself
  std::string identity_token = "1dentity-token-of-me";  // also gets one a token, by a form
  Socket socket = Socket::kTcp;
};

class FakeRegistry {
 public:
  explicit FakeRegistry(FakeRegistryOptions options = {});

  // `mark` fills the digest of the tag.
  void Put(const std::string& repository, const std::string& tag, char mark);
  static std::string Digest(char mark) { return "sha256:" + std::string(64, mark); }

  // What answers a request whose first line begins so, instead of the registry.
  void Answer(const std::string& start, const std::string& answer);

  std::string host() const;  // "127.0.0.1:PORT"
  // How many requests began so.
  std::size_t Asked(const std::string& start) const;
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  std::string Reply(const std::string& request);
  std::optional<std::string> Refuse(const std::string& request) const;
  std::string Token(const std::string& request) const;
  std::string Manifest(const std::string& path) const;
  std::string Tags(const std::string& repository, const std::string& query) const;

  const FakeRegistryOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, char>> repositories_;
  std::vector<std::pair<std::string, std::string>> answers_;
  RawServer server_;
};

}  // namespace nmgr::testing
