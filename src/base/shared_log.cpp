#include "nmgr/base/shared_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/descriptor.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/folders.h"
#include "nmgr/base/system.h"

namespace nmgr {
namespace {

constexpr std::uint64_t kMostBytes = 256U << 20U;

// What came before a failure must not stay as half a line.
Expected<void> WriteWhole(int fd, const Path& path, std::string_view text, std::uint64_t size) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int error = errno;
      [[maybe_unused]] const int cut = ::ftruncate(fd, static_cast<off_t>(size));
      return SystemError(path, error);
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

// `read`: up to where whole lines were given.
struct SharedLog::State {
  explicit State(const Path& path) : lock(path + ".lock") {}

  FileLock lock;
  Descriptor file;
  bool writable = false;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t read = 0;

  std::atomic<std::uint64_t> appended = 0;  // counts appends, for Sync
  std::mutex syncing;
  std::uint64_t synced = 0;
};

SharedLog::SharedLog(Path path) : path_(std::move(path)), state_(std::make_unique<State>(path_)) {}

SharedLog::~SharedLog() = default;

Expected<SharedLog::Lock> SharedLog::Acquire() {
  return state_->lock.Acquire(std::chrono::seconds{10});
}

Expected<void> SharedLog::Create() {
  TRY(MakeFolders(DirName(path_)));
  const Descriptor file = OpenFile(path_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (file.get() >= 0) return {};
  if (errno == EEXIST) return Error{ErrorCode::kConflict, path_ + ": there is one already"};
  return SystemError(path_, errno);
}

Expected<void> SharedLog::Open(int flags) {
  Descriptor file = OpenFile(path_, flags | O_NONBLOCK, 0600);
  if (file.get() < 0) return SystemError(path_, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return SystemError(path_, errno);
  if (!S_ISREG(info.st_mode)) return Error{ErrorCode::kIo, path_ + ": not a regular file"};
  state_->file = std::move(file);
  state_->writable = (flags & O_ACCMODE) != O_RDONLY;
  state_->device = info.st_dev;
  state_->inode = info.st_ino;
  return {};
}

// Whatever the path names now is what is open afterwards; kNotFound where it names nothing.
Expected<void> SharedLog::Follow(bool& anew) {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) {
    anew = state_->file.get() >= 0;
    state_->file.Close();
    state_->read = 0;
    return SystemError(path_, errno);
  }
  const bool same = state_->file.get() >= 0 && state_->device == info.st_dev &&
                    state_->inode == info.st_ino &&
                    static_cast<std::uint64_t>(info.st_size) >= state_->read;
  if (same) return {};
  anew = true;
  state_->read = 0;
  return Open(O_RDONLY);
}

Expected<SharedLog::News> SharedLog::Read() {
  News news;
  if (const Expected<void> followed = Follow(news.anew); !followed) {
    if (followed.error().code == ErrorCode::kNotFound) return news;
    return followed.error();
  }
  struct stat info {};
  if (::fstat(state_->file.get(), &info) != 0) return SystemError(path_, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size - state_->read > kMostBytes) {
    return Error{ErrorCode::kIo, fmt::format("{}: larger than {} MiB", path_, kMostBytes >> 20U)};
  }
  news.lines.resize(size - state_->read);
  std::size_t got = 0;
  while (got < news.lines.size()) {
    const ssize_t some = ::pread(state_->file.get(), news.lines.data() + got,
                                 news.lines.size() - got, static_cast<off_t>(state_->read + got));
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return SystemError(path_, errno);
    if (some == 0) break;
    got += static_cast<std::size_t>(some);
  }
  news.lines.resize(got);
  const std::size_t end = news.lines.rfind('\n') + 1;  // 0 where there is none
  news.half = news.lines.substr(end);
  news.lines.resize(end);
  state_->read += news.lines.size();
  return news;
}

Expected<void> SharedLog::Append(std::string_view lines) {
  const bool is_new = state_->file.get() < 0;
  if (is_new || !state_->writable) TRY(Open(O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW));
  struct stat info {};
  if (::fstat(state_->file.get(), &info) != 0) return SystemError(path_, errno);
  if (static_cast<std::uint64_t>(info.st_size) > state_->read &&
      ::ftruncate(state_->file.get(), static_cast<off_t>(state_->read)) != 0) {
    return SystemError(path_, errno);
  }
  TRY(WriteWhole(state_->file.get(), path_, lines, state_->read));
  state_->read += lines.size();
  ++state_->appended;
  if (is_new) {
    const Descriptor folder = OpenFile(DirName(path_), O_RDONLY | O_DIRECTORY);
    if (folder.get() >= 0) ::fsync(folder.get());
  }
  return {};
}

Expected<void> SharedLog::Replace(std::string_view lines) {
  TRY(RealFileSystem().WriteFileAtomically(path_, lines));
  TRY(Open(O_RDWR | O_APPEND | O_NOFOLLOW));
  state_->read = lines.size();
  return {};
}

Expected<void> SharedLog::Amend(std::string_view before, std::string_view after) {
  constexpr std::size_t kSought = 64U << 10U;
  // With O_APPEND pwrite() minds no place.
  const Descriptor file = OpenFile(path_, O_RDWR | O_NOFOLLOW);
  if (file.get() < 0) return SystemError(path_, errno);
  std::string head(kSought, '\0');
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got < 0) return SystemError(path_, errno);
  head.resize(static_cast<std::size_t>(got));
  const std::size_t at = head.find(before);
  if (at == std::string::npos || before.size() != after.size()) {
    return Error{ErrorCode::kNotFound, path_ + ": what is to be changed does not stand in it"};
  }
  if (::pwrite(file.get(), after.data(), after.size(), static_cast<off_t>(at)) < 0 ||
      ::fsync(file.get()) != 0) {
    return SystemError(path_, errno);
  }
  return {};
}

Expected<void> SharedLog::Sync() {
  const std::uint64_t wanted = state_->appended;
  const std::lock_guard lock(state_->syncing);
  if (state_->synced >= wanted) return {};
  const std::uint64_t now = state_->appended;
  const Descriptor file = OpenFile(path_, O_RDONLY | O_NONBLOCK);
  if (file.get() < 0 || ::fdatasync(file.get()) != 0) return SystemError(path_, errno);
  state_->synced = now;
  return {};
}

}  // namespace nmgr
