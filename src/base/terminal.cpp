#include "nmgr/base/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "descriptor.h"

namespace nmgr {
namespace {

// What the handlers may use.
std::atomic<int> raw_terminal = -1;
termios cooked{};
termios silent{};  // of a full screen
std::atomic<int> full_screen = -1;
std::atomic<int> resize_pipe = -1;

// The other page and the way back (xterm's 1049, which terminals have taken over), the cursor.
// Where there is no other page, nothing of ours is left on the one that there is.
constexpr std::string_view kTakeScreen = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
constexpr std::string_view kGiveScreenBack = "\x1b[H\x1b[2J\x1b[?25h\x1b[?1049l";

void OnResize(int) {
  const int saved = errno;
  [[maybe_unused]] const ssize_t written = ::write(resize_pipe, "w", 1);
  errno = saved;
}

void WriteToTerminal(int fd, std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

// Ctrl-Z gives the screen back for as long as the process stands still, and takes it again, but not
// from whom has it then.
void OnSuspend(int) {
  const int saved = errno;
  const int fd = full_screen;
  if (fd >= 0) {
    WriteToTerminal(fd, kGiveScreenBack);
    ::tcsetattr(fd, TCSADRAIN, &cooked);
  }
  ::raise(SIGSTOP);
  if (fd >= 0 && IsInBackground(fd)) {
    full_screen = -1;
    raw_terminal = -1;
  } else if (fd >= 0) {
    ::tcsetattr(fd, TCSADRAIN, &silent);
    WriteToTerminal(fd, kTakeScreen);
  }
  if (resize_pipe >= 0) OnResize(SIGWINCH);
  errno = saved;
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

std::optional<TerminalSize> SizeOf(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_row, size.ws_col};
}

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

bool IsInBackground(int fd) {
  const pid_t owner = ::tcgetpgrp(fd);
  return owner >= 0 && owner != ::getpgrp();
}

RawTerminal::RawTerminal(int fd) {
  if (::tcgetattr(fd, &cooked) != 0) return;
  raw_terminal = fd;
  termios raw = cooked;
  ::cfmakeraw(&raw);
  ::tcsetattr(fd, TCSADRAIN, &raw);
}

RawTerminal::~RawTerminal() { RestoreTerminal(); }

FullScreen::FullScreen(int fd) {
  if (::tcgetattr(fd, &cooked) == 0) {
    raw_terminal = fd;
    silent = cooked;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    ::tcsetattr(fd, TCSADRAIN, &silent);
  }
  full_screen = fd;
  WriteToTerminal(fd, kTakeScreen);
  Handle(SIGTSTP, OnSuspend);
}

FullScreen::~FullScreen() {
  Handle(SIGTSTP, SIG_DFL);
  RestoreTerminal();
}

bool FullScreen::IsTaken() { return full_screen >= 0; }

void RestoreTerminal() {
  const int screen = full_screen.exchange(-1);
  if (screen >= 0) WriteToTerminal(screen, kGiveScreenBack);
  const int fd = raw_terminal.exchange(-1);
  if (fd >= 0) ::tcsetattr(fd, TCSADRAIN, &cooked);
}

ResizeSignal::ResizeSignal() {
  if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) return;
  resize_pipe = ends_[1];
  Handle(SIGWINCH, OnResize);
}

ResizeSignal::~ResizeSignal() {
  Handle(SIGWINCH, SIG_DFL);
  resize_pipe = -1;
  for (const int end : ends_) {
    if (end >= 0) ::close(end);
  }
}

void ResizeSignal::Drain() const {
  std::array<char, 64> ignored{};
  while (::read(ends_[0], ignored.data(), ignored.size()) > 0) {
  }
}

bool CanRead(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) > 0;
}

std::optional<std::string> ReadSome(int fd) {
  std::string data(64U << 10U, '\0');
  const ssize_t got = ::read(fd, data.data(), data.size());
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return std::nullopt;
  data.resize(static_cast<std::size_t>(got < 0 ? 0 : got));
  return data;
}

std::optional<std::string> ReadLine(int fd, const std::stop_token& stop) {
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&wake] { ::eventfd_write(wake.get(), 1); });
  std::string line;
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> fds{pollfd{fd, POLLIN, 0}, pollfd{wake.get(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
    if (fds[0].revents == 0) continue;
    char c = 0;
    const ssize_t got = ::read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

}  // namespace nmgr
