// A git repository of a test's own, and servers that hand it out: real sshd, and git's own CGI
// behind a small HTTP server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/path.h"
#include "support/raw_server.h"
#include "support/temp_dir.h"

namespace nmgr::testing {

// A repository with a working tree, on the branch main. Anything that fails throws
// std::runtime_error.
class GitOrigin {
 public:
  GitOrigin();

  std::string url() const { return "file://" + path(); }
  Path path() const { return dir_.At("origin"); }
  const TempDir& dir() const { return dir_; }  // it is the folder "origin" of

  // In the working tree.
  void Write(std::string_view relative, std::string_view content) const;
  void Remove(std::string_view relative) const;
  void Link(std::string_view target, std::string_view relative) const;
  // Commits all that is there; the commit's name.
  std::string Commit(const std::string& message = "change") const;

  // Standard output, without the last line break.
  std::string Git(const std::vector<std::string>& arguments) const;

 private:
  TempDir dir_;
};

// sshd on a port of its own, for the user who runs the test.
class SshServer {
 public:
  // Nothing where this machine has no sshd: the test is to say so loudly.
  static std::unique_ptr<SshServer> Start();
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  // "ssh://USER@127.0.0.1:PORT/path"
  std::string Url(const Path& path) const;
  std::string host() const;  // "127.0.0.1:PORT"
  Path key_file() const { return dir_.At("key"); }
  Path other_key_file() const { return dir_.At("other"); }  // that the server does not take
  Path known_hosts() const { return dir_.At("known"); }
  Path changed_hosts() const { return dir_.At("changed"); }  // with another key for this host
  const TempDir& dir() const { return dir_; }

 private:
  SshServer() = default;
  bool Run();

  TempDir dir_;
  std::string program_;
  int port_ = 0;
  int pid_ = -1;
};

// Hands out the repositories below a folder ("/origin/.git") by `git http-backend`.
struct GitHttpOptions {
  Socket socket = Socket::kTcp;
  std::string user = "x-access-token";
  std::string token = {};  // "": anybody may read
  // Where it gives something, that is the answer.
  std::function<std::optional<std::string>(const std::string& request)> instead = {};
};

class GitHttpServer {
 public:
  explicit GitHttpServer(Path root, GitHttpOptions options = {});

  // "http://127.0.0.1:PORT/origin/.git"
  std::string url() const { return server_.address() + "/origin/.git"; }
  std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  std::string Reply(const std::string& request) const;

  const Path root_;
  const GitHttpOptions options_;
  const TempDir dir_;
  RawServer server_;
};

}  // namespace nmgr::testing
