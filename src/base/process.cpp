#include "nmgr/base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "nmgr/base/system.h"

extern char** environ;

namespace nmgr {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
  ~Pipe() {
    CloseWrite();
    if (read >= 0) ::close(read);
  }
  bool Open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  void CloseWrite() {
    if (write >= 0) ::close(write);
    write = -1;
  }
};

// The groups of the children that are under way, where a signal handler can read them; 0 is free.
// One that finds no room cannot be killed by it, which only delays the end of that child.
std::array<std::atomic<pid_t>, 16> children;

class Registered {
 public:
  explicit Registered(pid_t pid) {
    for (std::atomic<pid_t>& child : children) {
      pid_t none = 0;
      if (!child.compare_exchange_strong(none, pid)) continue;
      slot_ = &child;
      return;
    }
  }
  ~Registered() {
    if (slot_ != nullptr) *slot_ = 0;
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

 private:
  std::atomic<pid_t>* slot_ = nullptr;
};

// Readable once a stop was requested; fd is -1 where there is no descriptor left for it.
struct StopEvent {
  explicit StopEvent(const std::stop_token& stop) {
    wake.emplace(stop, [this] { ::eventfd_write(fd, 1); });
  }
  ~StopEvent() {
    wake.reset();
    if (fd >= 0) ::close(fd);
  }
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;

  const int fd = ::eventfd(0, EFD_CLOEXEC);
  std::optional<std::stop_callback<std::function<void()>>> wake;
};

enum class Ended { kByItself, kStopped, kTooLate, kTooMuch };

// What ends a child before it ends by itself.
class Bounds {
 public:
  Bounds(const std::stop_token& stop, const ProcessOptions& options)
      : stop_(stop), event_(stop), most_output_(options.most_output) {
    if (options.limit) end_ = DeadlineAfter(std::chrono::steady_clock::now(), *options.limit);
  }

  std::uint64_t most_output() const { return most_output_; }
  int event() const { return event_.fd; }
  Ended Now() const {
    if (stop_.stop_requested()) return Ended::kStopped;
    if (end_ && std::chrono::steady_clock::now() >= *end_) return Ended::kTooLate;
    return Ended::kByItself;
  }
  // For poll(2), at most `most` where that is not negative.
  int Milliseconds(int most) const {
    if (event_.fd < 0) most = most < 0 ? 100 : std::min(most, 100);
    if (!end_) return most;
    const auto left = std::chrono::ceil<Duration>(*end_ - std::chrono::steady_clock::now()).count();
    const int rest = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    return most < 0 ? rest : std::min(most, rest);
  }

 private:
  const std::stop_token& stop_;
  const StopEvent event_;
  std::optional<TimePoint> end_;
  std::uint64_t most_output_;
};

// Reads both pipes to their ends, so that a child never blocks on a full one.
Ended Drain(const Pipe& out, const Pipe& err, const Bounds& bounds, ProcessResult& result) {
  std::array<pollfd, 3> fds{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0},
                            pollfd{bounds.event(), POLLIN, 0}};
  std::array<std::string*, 2> texts{&result.out, &result.err};
  int open = 2;
  std::array<char, 16384> buffer{};
  while (open > 0) {
    if (const Ended ended = bounds.Now(); ended != Ended::kByItself) return ended;
    if (::poll(fds.data(), fds.size(), bounds.Milliseconds(-1)) < 0) {
      if (errno != EINTR) return Ended::kByItself;
      continue;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t got = ::read(fds[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
        if (texts[i]->size() > bounds.most_output()) return Ended::kTooMuch;
      } else if (got == 0 || errno != EINTR) {
        fds[i].fd = -1;
        --open;
      }
    }
  }
  return Ended::kByItself;
}

// A child may have closed its output and go on.
Ended WaitInBounds(pid_t pid, const Bounds& bounds) {
  int pause = 1;
  for (;;) {
    siginfo_t info{};
    const int got = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | WNOHANG);
    if ((got == 0 && info.si_pid == pid) || (got != 0 && errno != EINTR)) return Ended::kByItself;
    if (const Ended ended = bounds.Now(); ended != Ended::kByItself) return ended;
    pollfd event{bounds.event(), POLLIN, 0};
    ::poll(&event, 1, bounds.Milliseconds(pause));
    pause = std::min(pause * 2, 50);
  }
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// First so that it can take its lock files away, then so that it ends. One that does not even then
// (a file system that does not answer) is left to the system.
void End(pid_t pid) {
  constexpr int kPauses = 20;
  constexpr std::chrono::milliseconds kPause{10};
  for (const int signal : {SIGTERM, SIGKILL}) {
    ::kill(-pid, signal);
    for (int i = 0; i < kPauses; ++i) {
      if (::waitpid(pid, nullptr, WNOHANG) == pid) {
        ::kill(-pid, SIGKILL);
        return;
      }
      std::this_thread::sleep_for(kPause);
    }
  }
}

// What this process ignores or blocks is not for the child to.
class ChildAttributes {
 public:
  ChildAttributes(short flags, std::initializer_list<int> handled) {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int signal : handled) ::sigaddset(&signals, signal);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    const int all = flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(all));
  }
  ~ChildAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  ChildAttributes(const ChildAttributes&) = delete;
  ChildAttributes& operator=(const ChildAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

std::vector<char*> PointersTo(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentOf(const ProcessOptions& options) {
  std::set<std::string_view> dropped(options.without.begin(), options.without.end());
  std::set<std::string_view> kept;
  if (options.only) kept.insert(options.only->begin(), options.only->end());
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (const std::string& entry : options.with) dropped.insert(name_of(entry));
  std::vector<std::string> entries = options.with;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view name = name_of(*entry);
    if (dropped.contains(name) || (options.only && !kept.contains(name))) continue;
    entries.emplace_back(*entry);
  }
  return entries;
}

// A session of its own: no terminal to ask on, and one group to kill.
int Spawn(const std::vector<std::string>& argv, const Path& folder, const ProcessOptions& options,
          const Pipe& out, const Pipe& err, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.write, 2);
  const int kept = options.kept_open;  // to itself: it loses close-on-exec
  if (kept >= 0) ::posix_spawn_file_actions_adddup2(&actions, kept, kept);
  const ChildAttributes attributes(POSIX_SPAWN_SETSID, {SIGPIPE, SIGXFSZ, SIGHUP});
  const std::vector<char*> arguments = PointersTo(argv);
  const std::vector<std::string> entries = EnvironmentOf(options);
  const std::vector<char*> environment = PointersTo(entries);
  const int error = ::posix_spawnp(&pid, arguments[0], &actions, attributes.get(), arguments.data(),
                                   environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0 && options.most_file != UINT64_MAX) {
    const rlimit most{options.most_file, options.most_file};
    ::prlimit(pid, RLIMIT_FSIZE, &most, nullptr);
  }
  return error;
}

// For as long as this lives, the signals that a terminal sends to everybody who runs on it do not
// end this process.
class TerminalSignalsIgnored {
 public:
  TerminalSignalsIgnored() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &ignore, &before_[i]);
  }
  ~TerminalSignalsIgnored() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
  }
  TerminalSignalsIgnored(const TerminalSignalsIgnored&) = delete;
  TerminalSignalsIgnored& operator=(const TerminalSignalsIgnored&) = delete;

 private:
  static constexpr std::array<int, 2> kSignals = {SIGINT, SIGQUIT};
  std::array<struct sigaction, 2> before_{};
};

// A child that was killed leaves the terminal as it had it.
class TerminalKept {
 public:
  TerminalKept() : known_(::tcgetattr(STDIN_FILENO, &settings_) == 0) {}
  ~TerminalKept() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_);
  }
  TerminalKept(const TerminalKept&) = delete;
  TerminalKept& operator=(const TerminalKept&) = delete;

 private:
  termios settings_{};
  bool known_;
};

Error CannotRun(const std::string& program, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR || error == EACCES || error == ENOEXEC;
  return Error{missing ? ErrorCode::kNotFound : ErrorCode::kIo,
               fmt::format("cannot run {}: {}", program, SystemReason(error))};
}

Error WhyEnded(Ended ended, const std::string& program, const ProcessOptions& options) {
  if (ended == Ended::kTooLate) {
    return Error{ErrorCode::kTimedOut, fmt::format("{} was ended: it took longer than {}", program,
                                                   FormatDuration(*options.limit))};
  }
  if (ended == Ended::kTooMuch) {
    return Error{ErrorCode::kRejected, fmt::format("{} was ended: it said more than {} KiB",
                                                   program, options.most_output >> 10U)};
  }
  return Error{ErrorCode::kInterrupted, "interrupted"};
}

class SystemProcesses final : public Processes {
 public:
  Expected<ProcessResult> Run(const std::vector<std::string>& argv, const Path& folder,
                              const std::stop_token& stop, const ProcessOptions& options) override {
    if (stop.stop_requested()) return WhyEnded(Ended::kStopped, argv[0], options);
    Pipe out;
    Pipe err;
    if (!out.Open() || !err.Open()) return CannotRun(argv[0], errno);
    const Bounds bounds(stop, options);
    pid_t pid = 0;
    if (const int error = Spawn(argv, folder, options, out, err, pid); error != 0) {
      return CannotRun(argv[0], error);
    }
    const Registered registered(pid);
    out.CloseWrite();
    err.CloseWrite();
    ProcessResult result;
    Ended ended = Drain(out, err, bounds, result);
    if (ended == Ended::kByItself) ended = WaitInBounds(pid, bounds);
    if (ended != Ended::kByItself) {
      End(pid);
      return WhyEnded(ended, argv[0], options);
    }
    result.exit_code = WaitFor(pid);
    return result;
  }

  Expected<int> RunOnTerminal(const std::vector<std::string>& argv,
                              const std::stop_token& stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    const TerminalKept terminal;
    const TerminalSignalsIgnored ignored;
    const ChildAttributes attributes(0, {SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ});
    const std::vector<char*> arguments = PointersTo(argv);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (::isatty(STDOUT_FILENO) == 0) {
      ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    }
    pid_t pid = 0;
    const int error =
        ::posix_spawnp(&pid, arguments[0], &actions, attributes.get(), arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return CannotRun(argv[0], error);
    {
      const std::stop_callback end(stop, [pid] { ::kill(pid, SIGTERM); });
      // Not taken from the system yet, so that the signal can reach nobody else.
      siginfo_t info{};
      while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
             errno == EINTR) {
      }
    }
    return WaitFor(pid);
  }
};

}  // namespace

Expected<int> Processes::RunOnTerminal(const std::vector<std::string>& argv,
                                       const std::stop_token& /*stop*/) {
  return Error{ErrorCode::kIo, fmt::format("cannot run {}: there is no terminal here", argv[0])};
}

Processes& RealProcesses() {
  static SystemProcesses processes;
  return processes;
}

void KillChildren() {
  for (const std::atomic<pid_t>& child : children) {
    if (const pid_t group = child; group > 0) ::kill(-group, SIGKILL);
  }
}

}  // namespace nmgr
