#include "nmgr/base/system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

namespace nmgr {
namespace {

// What was under way is in the state that Nomad has; there is no memory left to name it.
[[noreturn]] void OnTerminate() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    constexpr std::string_view kText =
        "nmgr: out of memory; what was sent to Nomad last is not confirmed\n";
    [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, kText.data(), kText.size());
    ::_exit(1);
  } catch (...) {
  }
  std::abort();
}

}  // namespace

std::string SystemReason(int error) {
  switch (error) {
    case EMFILE:
      return "out of file descriptors (ulimit -n)";
    case ENFILE:
      return "this machine is out of file descriptors (fs.file-max)";
    case EAGAIN:
      return "no more processes or threads are allowed (ulimit -u, the pids limit of a container)";
    case EFBIG:
      return "larger than files may be here (ulimit -f)";
    default:
      break;
  }
  std::string reason = std::strerror(error);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') {
    reason[0] = static_cast<char>(reason[0] + 32);
  }
  return reason;
}

bool IsOutOfDescriptors(int error) { return error == EMFILE || error == ENFILE; }

int DescriptorsLeft() {
  constexpr rlim_t kPlenty = 512;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > kPlenty) {
    return static_cast<int>(kPlenty);
  }
  int left = 0;
  for (int fd = 0; fd < static_cast<int>(limit.rlim_cur); ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ++left;
  }
  return left;
}

std::string BuildIdentity() {
  struct stat info {};
  if (::stat("/proc/self/exe", &info) != 0) return {};
  return fmt::format("{} {}.{:09}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

std::string UserName() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t user = ::getuid();
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::to_string(user);
  }
  return found->pw_name;
}

int ProcessId() { return ::getpid(); }

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void GiveBackMemory() { ::malloc_trim(0); }

void PrepareProcess() {
  constexpr rlim_t kEnough = 4096;
  constexpr int kMostArenas = 4;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kEnough) {
    limit.rlim_cur = std::min(limit.rlim_max, kEnough);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ::mallopt(M_ARENA_MAX, kMostArenas);
  std::set_terminate(&OnTerminate);
}

}  // namespace nmgr
