#include "support/run_nmgr.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#ifndef NMGR_BINARY
#error "NMGR_BINARY must name the built nmgr"
#endif

namespace nmgr::testing {
namespace {

// Whether the program has come so far that it handles signals, or has ended: before that, a signal
// meets what the shell or the test has set, or is lost.
bool HandlesSignals(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  bool seen = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:") && line.find('Z') != std::string::npos) return true;
    if (!line.starts_with("SigCgt:")) continue;
    seen = true;
    if ((std::stoull(line.substr(7), nullptr, 16) >> (SIGTERM - 1) & 1) != 0) return true;
  }
  return !seen;
}

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error("nmgr: " + what); }

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) Fail("no pipe");
  }
  std::array<int, 2> ends{};
};

// Standard input is a file, so that writing it can never block on a child that does not read.
int InputFile(const std::string& input) {
  if (input.empty()) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::string path = "/tmp/nmgr-input-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) Fail("no input file");
  ::unlink(path.c_str());
  if (::write(fd, input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    Fail("no input");
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

int Spawn(std::vector<std::string> argv, const NmgrOptions& options, int out, int err) {
  std::vector<std::string> environment = ChildEnvironment(options);
  const int input = InputFile(options.input);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
  ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err, 2);
  pid_t pid = -1;
  const std::string program = argv[0];
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, Pointers(argv).data(),
                                  Pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input);
  if (error != 0) Fail(program + ": " + std::strerror(error));
  return pid;
}

}  // namespace

const char* NmgrBinary() { return NMGR_BINARY; }

std::vector<std::string> ChildEnvironment(const NmgrOptions& options) {
  std::map<std::string, std::string> variables = {
      {"PATH", std::getenv("PATH") != nullptr ? std::getenv("PATH") : "/usr/bin:/bin"},
      {"LANG", "C.UTF-8"},
      {"HOME", "/nonexistent-home"},
      {"XDG_CACHE_HOME", "/dev/null"},
      {"NMGR", NMGR_BINARY}};
  for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(kept)) variables[kept] = value;
  }
  for (const auto& [name, value] : options.env) variables[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

Child::Child(const std::vector<std::string>& argv, const NmgrOptions& options)
    : deadline_(std::chrono::steady_clock::now() + options.limit) {
  const Pipe out;
  const Pipe err;
  pid_ = Spawn(argv, options, out.ends[1], err.ends[1]);
  ::close(out.ends[1]);
  ::close(err.ends[1]);
  out_ = out.ends[0];
  err_ = err.ends[0];
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

void Child::Signal(int number) const {
  while (number != SIGKILL && !HandlesSignals(pid_) &&
         std::chrono::steady_clock::now() < deadline_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(pid_, number);
}

void Child::Pump() {
  std::array<pollfd, 2> fds{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  const std::array<std::string*, 2> texts{&result_.out, &result_.err};
  std::array<char, 65536> buffer{};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) Fail("did not end in time; it said: " + result_.out + result_.err);
    ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t got = ::read(fds[i].fd, buffer.data(), buffer.size());
      if (got > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0) fds[i].fd = -1;
    }
  }
}

NmgrResult Child::Wait() {
  Pump();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return std::move(result_);
}

Child StartNmgr(const std::vector<std::string>& arguments, const NmgrOptions& options) {
  std::vector<std::string> argv = {NMGR_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Child(argv, options);
}

NmgrResult RunNmgr(const std::vector<std::string>& arguments, const NmgrOptions& options) {
  return StartNmgr(arguments, options).Wait();
}

NmgrResult RunShell(const std::string& line, const NmgrOptions& options) {
  return Child({"/bin/bash", "-c", line}, options).Wait();
}

}  // namespace nmgr::testing
