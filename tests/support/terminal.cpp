#include "support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace nmgr::testing {

TerminalChild::TerminalChild(const std::vector<std::string>& arguments, const NmgrOptions& options,
                             const Path& out)
    : deadline_(std::chrono::steady_clock::now() + options.limit) {
  std::vector<std::string> words = {NmgrBinary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = ChildEnvironment(options);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  };
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);
  winsize size{24, 80, 0, 0};
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error("no pseudo terminal");
  }
  ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave_, F_SETFD, FD_CLOEXEC);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::login_tty(::dup(slave_));
  if (!out.empty()) ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  if (::chdir(options.folder.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
  ::_exit(126);
}

TerminalChild::~TerminalChild() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
  ::close(slave_);
}

// False where the child has ended and all it wrote was read.
bool TerminalChild::ReadMore() {
  if (std::chrono::steady_clock::now() >= deadline_) {
    throw std::runtime_error("did not come in time; shown:\n" + shown_);
  }
  siginfo_t info{};
  const bool ended =
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == pid_;
  pollfd poll{master_, POLLIN, 0};
  if (::poll(&poll, 1, ended ? 0 : 20) <= 0) return !ended;
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(master_, buffer.data(), buffer.size());
  if (got > 0) shown_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || errno == EINTR;
}

void TerminalChild::WaitFor(const std::string& text) {
  while (true) {
    const std::size_t at = shown_.find(text, seen_);
    if (at != std::string::npos) {
      seen_ = at + text.size();
      return;
    }
    if (!ReadMore()) throw std::runtime_error("\"" + text + "\" never came; shown:\n" + shown_);
  }
}

void TerminalChild::Type(const std::string& keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("nobody takes the keys");
  }
}

void TerminalChild::Signal(int number) const { ::kill(pid_, number); }

void TerminalChild::WaitStopped() const {
  siginfo_t info{};
  while (true) {
    const int waited =
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT);
    if (waited == 0 && info.si_pid == pid_) break;
    if (waited != 0 && errno != EINTR) throw std::runtime_error("there is nobody to be stopped");
    if (std::chrono::steady_clock::now() >= deadline_) {
      throw std::runtime_error("was not stopped in time; shown:\n" + shown_);
    }
    ::poll(nullptr, 0, 10);
  }
  if (info.si_code != CLD_STOPPED) throw std::runtime_error("ended and was not stopped");
}

void TerminalChild::Resize(int rows, int columns) const {
  winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
}

bool TerminalChild::IsRaw() const {
  termios settings{};
  ::tcgetattr(master_, &settings);
  return (settings.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

bool TerminalChild::Echoes() const {
  termios settings{};
  ::tcgetattr(master_, &settings);
  return (settings.c_lflag & ECHO) != 0;
}

int TerminalChild::Wait() {
  while (ReadMore()) {
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace nmgr::testing
