#include "cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"
#include "nmgr/base/process.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"

namespace nmgr::cli {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr char kEnd = 0;  // every other byte is a signal

// To end in order, and to sum up for a reader that is there.
constexpr Milliseconds kGrace{700};
constexpr Milliseconds kLongestSum{10'000};
// To give back what others wait for, once it is cut off.
constexpr Milliseconds kLettingGo{1'500};
// A signal that was sent both to a process and to its group (timeout, a terminal) is one.
constexpr long kSameSignalMs = 100;

// What the handler may use.
volatile std::sig_atomic_t handler_pipe = -1;
volatile std::sig_atomic_t first_signal = 0;
volatile long first_time = 0;  // ms
volatile std::sig_atomic_t urged = 0;
const Interruption* volatile asked_run = nullptr;

void OnSignal(int number) {
  const int saved = errno;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const long time = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
  if (first_signal == 0) {
    first_signal = number;
    first_time = time;
    const char byte = static_cast<char>(number);
    if (handler_pipe >= 0 && ::write(handler_pipe, &byte, 1) == 1) {
      errno = saved;
      return;
    }
  } else if (number == first_signal && time - first_time < kSameSignalMs) {
    errno = saved;
    return;
  } else if (urged == 0 && asked_run != nullptr && asked_run->HoldsSomething()) {
    urged = 1;
    const char byte = static_cast<char>(number);
    if (handler_pipe >= 0 && ::write(handler_pipe, &byte, 1) == 1) {
      errno = saved;
      return;
    }
  }
  KillChildren();
  RestoreTerminal();
  ::_exit(128 + first_signal);
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

bool IsIgnored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool Takes(int fd) {
  pollfd poll{fd, POLLOUT, 0};
  return ::poll(&poll, 1, 0) > 0 && (poll.revents & (POLLOUT | POLLERR | POLLNVAL)) != 0;
}

// Never blocks: a pipe or terminal that nobody reads must not keep the process from ending. The
// stream is opened anew, since a flag on our own would be one for everybody who shares it.
void SayToTerminal(const std::string& text) {
  struct stat info {};
  if (!Takes(STDERR_FILENO) || ::fstat(STDERR_FILENO, &info) != 0) return;
  const bool may_block = S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode);
  const int fd =
      may_block ? ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
  [[maybe_unused]] const ssize_t written =
      ::write(fd < 0 ? STDERR_FILENO : fd, text.data(), text.size());
  if (fd >= 0) ::close(fd);
}

}  // namespace

// Requesting a stop runs callbacks and takes locks, which a handler must not; so a thread does it.
struct Signals::Watcher {
  explicit Watcher(Interruption& asked) : interruption(asked) {}

  void Run() {
    const char number = Read();
    if (number == kEnd) return;
    // Who has the screen gives it back now, with what was to be read on it.
    const bool on_screen = FullScreen::IsTaken();
    interruption.Request(number);
    if (!on_screen) SayToTerminal("\n" + std::string(kEndingWords) + "\n");
    if (EndsWithin(kGrace)) return;
    for (Milliseconds waited{0}; urged == 0 && interruption.summing_up() && waited < kLongestSum;
         waited += kGrace / 7) {
      if (!Takes(STDOUT_FILENO) || !Takes(STDERR_FILENO)) break;
      if (EndsWithin(kGrace / 7)) return;
    }
    CutOff();
  }

  char Read() const {
    char what = kEnd;
    while (::read(ends[0], &what, 1) < 0 && errno == EINTR) {
    }
    return what;
  }

  // Whether the run has ended by then.
  bool EndsWithin(Milliseconds limit) const {
    const auto end = RealClock().Now() + limit;
    for (;;) {
      const auto left = std::chrono::ceil<Milliseconds>(end - RealClock().Now());
      if (left.count() <= 0) return false;
      pollfd poll{ends[0], POLLIN, 0};
      if (::poll(&poll, 1, static_cast<int>(left.count())) > 0) return Read() == kEnd;
    }
  }

  [[noreturn]] void CutOff() const {
    std::string text;
    for (const std::string& doubt : interruption.doubts()) {
      text += "error: " + EscapeControls(doubt) + "\n";
    }
    SayToTerminal(text);
    interruption.LetGo(kLettingGo);
    KillChildren();
    RestoreTerminal();
    ::_exit(interruption.exit_code());
  }

  Interruption& interruption;
  int ends[2] = {-1, -1};
  pthread_t thread{};
  bool runs = false;
};

// Where there is neither pipe nor thread, the first signal ends the process.
Signals::Signals(Interruption& interruption) : watcher_(std::make_unique<Watcher>(interruption)) {
  Handle(SIGPIPE, SIG_IGN);
  Handle(SIGXFSZ, SIG_IGN);
  const auto run = [](void* watcher) -> void* {
    static_cast<Watcher*>(watcher)->Run();
    return nullptr;
  };
  watcher_->runs = ::pipe2(watcher_->ends, O_CLOEXEC) == 0 &&
                   ::pthread_create(&watcher_->thread, nullptr, run, watcher_.get()) == 0;
  if (watcher_->runs) handler_pipe = watcher_->ends[1];
  asked_run = &interruption;
  for (const int signal : kSignals) {
    if (signal != SIGHUP || !IsIgnored(SIGHUP)) Handle(signal, OnSignal);
  }
}

Signals::~Signals() {
  if (!watcher_->runs) return;
  for (const int signal : kSignals) {
    if (!IsIgnored(signal)) Handle(signal, SIG_DFL);
  }
  while (::write(watcher_->ends[1], &kEnd, 1) < 0 && errno == EINTR) {
  }
  ::pthread_join(watcher_->thread, nullptr);
  asked_run = nullptr;
  ::close(watcher_->ends[0]);
  ::close(watcher_->ends[1]);
}

void HoldStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number, which is fd.
    [[maybe_unused]] const int opened =
        ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace nmgr::cli
