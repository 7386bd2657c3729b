#include "cli/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <thread>

#include "nmgr/actions/action.h"

namespace nmgr::cli {
namespace {

constexpr char kSignal = 's';
constexpr char kEnd = 'e';

// What a handler may use: the writing end of the watcher's pipe.
volatile std::sig_atomic_t handler_pipe = -1;

void OnSignal(int) {
  const int saved = errno;
  [[maybe_unused]] const ssize_t written = ::write(handler_pipe, &kSignal, 1);
  errno = saved;
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

void Say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

// Requesting a stop runs callbacks and takes locks, which a handler must not; so a thread does it.
struct Signals::Watcher {
  void Run() {
    char what = kEnd;
    bool asked = false;
    for (;;) {
      const ssize_t got = ::read(ends[0], &what, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got != 1 || what == kEnd) return;
      if (asked) ::_exit(actions::kInterrupted);
      asked = true;
      Say("\nnmgr: ending; once more to end at once\n");
      source.request_stop();
    }
  }

  std::stop_source source;
  int ends[2] = {-1, -1};
  std::thread thread;
};

Signals::Signals() : watcher_(std::make_unique<Watcher>()) {
  Handle(SIGPIPE, SIG_IGN);
  if (::pipe2(watcher_->ends, O_CLOEXEC) != 0) return;
  handler_pipe = watcher_->ends[1];
  watcher_->thread = std::thread([watcher = watcher_.get()] { watcher->Run(); });
  Handle(SIGINT, OnSignal);
  Handle(SIGTERM, OnSignal);
}

Signals::~Signals() {
  if (!watcher_->thread.joinable()) return;
  Handle(SIGINT, SIG_DFL);
  Handle(SIGTERM, SIG_DFL);
  while (::write(watcher_->ends[1], &kEnd, 1) < 0 && errno == EINTR) {
  }
  watcher_->thread.join();
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

std::stop_token Signals::token() const { return watcher_->source.get_token(); }

}  // namespace nmgr::cli
