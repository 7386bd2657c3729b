#include "support/fake_nomad_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#ifndef NMGR_FAKE_NOMAD_BINARY
#error "NMGR_FAKE_NOMAD_BINARY must name the built fake-nomad"
#endif

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace nmgr::testing {
namespace {

[[noreturn]] void FailToServe(const std::string& what) {
  throw std::runtime_error("fake-nomad: " + what);
}

std::string MakeLogFile() {
  std::string path = (std::filesystem::temp_directory_path() / "fake-nomad-XXXXXX").string();
  const int fd = mkstemp(path.data());
  if (fd < 0) FailToServe(std::string("no log file: ") + std::strerror(errno));
  close(fd);
  return path;
}

std::vector<std::string> Arguments(const FakeNomadOptions& options, const std::string& log_path) {
  std::vector<std::string> argv = {NMGR_FAKE_NOMAD_BINARY,
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--healthy-after",
                                   std::to_string(options.healthy_after_ms),
                                   "--gone-after",
                                   std::to_string(options.gone_after_ms),
                                   "--latency",
                                   std::to_string(options.latency_ms),
                                   "--log",
                                   log_path,
                                   "--parent",
                                   std::to_string(getpid())};
  const auto add = [&argv](const char* flag, const std::vector<std::string>& values) {
    for (const std::string& value : values) argv.insert(argv.end(), {flag, value});
  };
  add("--fail", options.fail);
  add("--broken", options.broken);
  add("--sick", options.sick);
  add("--never", options.never);
  add("--busy", options.busy);
  add("--namespace", options.namespaces);
  add("--fault", options.faults);
  if (!options.token.empty()) add("--token", {options.token});
  if (!options.read_token.empty()) add("--read-token", {options.read_token});
  argv.insert(argv.end(), options.extra.begin(), options.extra.end());
  return argv;
}

int SpawnServer(const std::vector<std::string>& arguments, int out) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) FailToServe(arguments[0] + ": " + std::strerror(error));
  return pid;
}

std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (true) {
    const ssize_t n = read(fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') return line;
    line += c;
  }
}

bool IsWrite(const FakeNomadRequest& request) {
  if (request.method == "GET") return false;
  const std::string line = request.Line();
  if (line.ends_with("/v1/jobs/parse") || line.ends_with("/v1/jobs/statuses")) return false;
  if (line.ends_with("/v1/validate/job")) return false;
  return !(line.find(" /v1/job/") != std::string::npos && line.ends_with("/plan"));
}

FakeNomadProcess::Answer Exchange(int fd, const std::string& request) {
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n = send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) FailToServe("cannot send a request");
    sent += static_cast<std::size_t>(n);
  }
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t n = 0; (n = recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  const std::size_t body = text.find("\r\n\r\n");
  if (body == std::string::npos) FailToServe("no answer");
  return {std::atoi(text.c_str() + text.find(' ')), text.substr(body + 4)};
}

}  // namespace

std::string FakeNomadRequest::Line() const { return method + " " + path.substr(0, path.find('?')); }

FakeNomadProcess::FakeNomadProcess(FakeNomadOptions options)
    : log_path_(MakeLogFile()), token_(options.token) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) FailToServe("no pipe");
  pid_ = SpawnServer(Arguments(options, log_path_), ends[1]);
  close(ends[1]);
  const std::string line = ReadLine(ends[0]);
  close(ends[0]);
  constexpr std::string_view kBefore = "listening on ";
  if (!line.starts_with(kBefore)) {
    Kill();
    FailToServe("did not start, said \"" + line + "\"");
  }
  address_ = line.substr(kBefore.size());
  port_ = std::atoi(address_.c_str() + address_.rfind(':') + 1);
}

FakeNomadProcess::~FakeNomadProcess() {
  Kill();
  unlink(log_path_.c_str());
}

int FakeNomadProcess::MostConnections() const {
  return nlohmann::json::parse(Send("GET", "/fake/connections").body).at("Most").get<int>();
}

void FakeNomadProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::vector<FakeNomadRequest> FakeNomadProcess::Requests() const {
  std::ifstream file(log_path_);
  file.seekg(read_to_);
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // a line without its end is still being written
    const nlohmann::json entry = nlohmann::json::parse(line);
    requests_.push_back(
        FakeNomadRequest{entry.at("time").get<double>(), entry.at("method").get<std::string>(),
                         entry.at("path").get<std::string>(), entry.at("status").get<int>(),
                         entry.value("body", std::string())});
    read_to_ = file.tellg();
  }
  return requests_;
}

std::vector<std::string> FakeNomadProcess::Writes() const {
  std::vector<std::string> lines;
  for (const FakeNomadRequest& request : Requests()) {
    if (IsWrite(request)) lines.push_back(request.Line());
  }
  return lines;
}

int FakeNomadProcess::CountOf(std::string_view prefix) const {
  const std::vector<FakeNomadRequest> requests = Requests();
  return static_cast<int>(std::count_if(
      requests.begin(), requests.end(),
      [prefix](const FakeNomadRequest& request) { return request.Line().starts_with(prefix); }));
}

void FakeNomadProcess::ClearLog() {
  if (truncate(log_path_.c_str(), 0) != 0) FailToServe("cannot clear the log");
  requests_.clear();
  read_to_ = 0;
}

FakeNomadProcess::Answer FakeNomadProcess::Send(const std::string& method, const std::string& path,
                                                const std::string& body,
                                                const std::optional<std::string>& token) const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    FailToServe("cannot connect");
  }
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n";
  const std::string sent = token.value_or(token_);
  if (!sent.empty()) request += "X-Nomad-Token: " + sent + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  try {
    Answer answer = Exchange(fd, request);
    close(fd);
    return answer;
  } catch (...) {
    close(fd);
    throw;
  }
}

void FakeNomadProcess::SetBehaviour(const nlohmann::json& changes) const {
  const Answer answer = Send("PUT", "/fake/behaviour", changes.dump());
  if (answer.status != 200) FailToServe("behaviour: " + answer.body);
}

nlohmann::json FakeNomadProcess::Get(const std::string& path) const {
  const Answer answer = Send("GET", path);
  if (answer.status != 200) {
    FailToServe("GET " + path + ": " + std::to_string(answer.status) + " " + answer.body);
  }
  return nlohmann::json::parse(answer.body);
}

nlohmann::json FakeNomadProcess::Register(const nlohmann::json& job) const {
  const Answer answer = Send("POST", "/v1/jobs", nlohmann::json{{"Job", job}}.dump());
  if (answer.status != 200)
    FailToServe("register: " + std::to_string(answer.status) + " " + answer.body);
  return nlohmann::json::parse(answer.body);
}

}  // namespace nmgr::testing
