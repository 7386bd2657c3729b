#include "support/git_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "nmgr/base/base64.h"
#include "nmgr/base/process.h"
#include "nmgr/base/system.h"
#include "support/raw_server.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace nmgr::testing {

GitOrigin::GitOrigin() {
  dir_.MakeFolder("origin");
  Git({"init", "-q", "-b", "main"});
}

void GitOrigin::Write(std::string_view relative, std::string_view content) const {
  dir_.Write("origin/" + std::string(relative), content);
}

void GitOrigin::Remove(std::string_view relative) const {
  dir_.Remove("origin/" + std::string(relative));
}

void GitOrigin::Link(std::string_view target, std::string_view relative) const {
  std::filesystem::create_directories(DirName(dir_.At("origin/" + std::string(relative))));
  dir_.Link(target, "origin/" + std::string(relative));
}

std::string GitOrigin::Commit(const std::string& message) const {
  Git({"add", "-A"});
  Git({"commit", "-q", "--allow-empty", "-m", message});
  return Git({"rev-parse", "HEAD"});
}

std::string GitOrigin::Git(const std::vector<std::string>& arguments) const {
  std::vector<std::string> line = {"git", "-c", "user.name=Ann Example", "-c",
                                   "user.email=ann@example.org"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.only = {"PATH", "TMPDIR"};
  options.with = {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "HOME=" + dir_.path()};
  const auto result = RealProcesses().Run(line, path(), {}, options);
  if (!result) throw std::runtime_error(result.error().message);
  if (result->exit_code != 0) throw std::runtime_error(arguments[0] + ": " + result->err);
  std::string out = result->out;
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

namespace {

// Of the words of a command; throws where it fails.
std::string RunTool(const std::vector<std::string>& words) {
  const auto result = RealProcesses().Run(words, "/");
  if (!result) throw std::runtime_error(result.error().message);
  if (result->exit_code != 0) throw std::runtime_error(words[0] + ": " + result->err);
  return result->out;
}

bool Answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0;
  ::close(fd);
  return connected;
}

std::string HeaderOf(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == request.npos || at > request.find("\r\n\r\n")) return {};
  const std::size_t from = at + name.size() + 4;
  return request.substr(from, request.find("\r\n", from) - from);
}

}  // namespace

std::unique_ptr<SshServer> SshServer::Start() {
  std::unique_ptr<SshServer> server(new SshServer);
  for (const char* program : {"/usr/sbin/sshd", "/usr/local/sbin/sshd"}) {
    if (std::filesystem::exists(program)) server->program_ = program;
  }
  if (server->program_.empty()) return nullptr;
  for (const char* name : {"host", "wrong", "key", "other"}) {
    RunTool({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server->dir_.At(name)});
  }
  server->dir_.Write("authorized", server->dir_.Read("key.pub"));
  if (::getuid() == 0) std::filesystem::create_directories("/run/sshd");
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (server->Run()) return server;
  }
  throw std::runtime_error("sshd does not start: " + server->dir_.Read("log"));
}

bool SshServer::Run() {
  port_ = FreePort();
  const Path config = dir_.Write(
      "config", "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " +
                    dir_.At("host") + "\nAuthorizedKeysFile " + dir_.At("authorized") +
                    "\nPidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
                    "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n");
  const std::string name = "[127.0.0.1]:" + std::to_string(port_) + " ";
  dir_.Write("known", name + dir_.Read("host.pub"));
  dir_.Write("changed", name + dir_.Read("wrong.pub"));
  const Path log = dir_.Write("log", "");
  std::vector<std::string> words = {program_, "-D", "-f", config, "-E", log};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int fd : {0, 1, 2}) {
    ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }
  const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  for (int i = 0; i < 3000; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (Answers(port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

SshServer::~SshServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string SshServer::host() const { return "127.0.0.1:" + std::to_string(port_); }

std::string SshServer::Url(const Path& path) const {
  return "ssh://" + UserName() + "@" + host() + path;
}

GitHttpServer::GitHttpServer(Path root, GitHttpOptions options)
    : root_(std::move(root)),
      options_(std::move(options)),
      server_(
          [this](Peer& peer) {
            while (const std::optional<std::string> request = peer.ReadRequest()) {
              if (!peer.Send(Reply(*request))) return;
            }
          },
          options_.socket) {}

std::string GitHttpServer::Reply(const std::string& request) const {
  if (options_.instead) {
    if (std::optional<std::string> answer = options_.instead(request)) return *std::move(answer);
  }
  if (!options_.token.empty() &&
      HeaderOf(request, "Authorization") !=
          "Basic " + EncodeBase64(options_.user + ":" + options_.token)) {
    return Answer(401, "who are you?", "text/plain", "WWW-Authenticate: Basic realm=\"git\"\r\n");
  }
  const std::string method = request.substr(0, request.find(' '));
  const std::size_t target = method.size() + 1;
  const std::string whole = request.substr(target, request.find(' ', target) - target);
  const std::size_t question = std::min(whole.find('?'), whole.size());
  const TempDir dir;
  const Path body = dir.Write("body", request.substr(request.find("\r\n\r\n") + 4));
  ProcessOptions cgi;
  cgi.only = {"PATH"};
  cgi.with = {"GIT_PROJECT_ROOT=" + root_,
              "GIT_HTTP_EXPORT_ALL=1",
              "GIT_CONFIG_NOSYSTEM=1",
              "GIT_CONFIG_GLOBAL=/dev/null",
              "REQUEST_METHOD=" + method,
              "PATH_INFO=" + whole.substr(0, question),
              "QUERY_STRING=" + whole.substr(std::min(question + 1, whole.size())),
              "CONTENT_TYPE=" + HeaderOf(request, "Content-Type"),
              "HTTP_CONTENT_ENCODING=" + HeaderOf(request, "Content-Encoding"),
              "HTTP_GIT_PROTOCOL=" + HeaderOf(request, "Git-Protocol")};
  const auto result =
      RealProcesses().Run({"sh", "-c", "exec git http-backend < \"$0\"", body}, "/", {}, cgi);
  if (!result) return Answer(500, result.error().message, "text/plain");
  const std::size_t end = result->out.find("\r\n\r\n");
  if (end == result->out.npos) return Answer(500, result->err, "text/plain");
  const std::string head = "\r\n" + result->out.substr(0, end + 4);
  const std::string status = HeaderOf(head, "Status");
  return Answer(status.empty() ? 200 : std::stoi(status), result->out.substr(end + 4),
                HeaderOf(head, "Content-Type"));
}

}  // namespace nmgr::testing
