#include "nmgr/base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace nmgr {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }
  int Close() {
    const int result = fd_ < 0 ? 0 : ::close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

Error SystemError(const Path& path, int error) {
  const ErrorCode code =
      error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  std::string reason = std::strerror(error);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z')
    reason[0] = static_cast<char>(reason[0] + 32);
  return Error{code, fmt::format("{}: {}", path, reason)};
}

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kFolder;
  return FileKind::kOther;
}

Error TooLarge(const Path& path, std::uint64_t limit) {
  return Error{ErrorCode::kIo, fmt::format("{}: larger than {} MiB", path, limit >> 20U)};
}

Expected<std::string> ReadAll(int fd, const Path& path, std::uint64_t expected,
                              std::uint64_t limit) {
  std::string content(expected + 1, '\0');
  std::size_t used = 0;
  for (;;) {
    if (used == content.size()) content.resize(content.size() * 2);
    const ssize_t got = ::read(fd, content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > limit) return TooLarge(path, limit);
  }
  content.resize(used);
  return content;
}

Expected<void> WriteAll(int fd, const Path& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return SystemError(path, errno);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return SystemError(path, errno);
  return {};
}

Expected<void> MakeFolders(const Path& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) == 0) return {};
  const Path parent = DirName(folder);
  if (parent != folder) TRY(MakeFolders(parent));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return SystemError(folder, errno);
  return {};
}

class DiskFileSystem final : public FileSystem {
 public:
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override {
    // O_NONBLOCK: a named pipe must not block us for ever.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return SystemError(path, errno);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return SystemError(path, errno);
    if (S_ISDIR(info.st_mode)) return SystemError(path, EISDIR);
    if (!S_ISREG(info.st_mode)) return Error{ErrorCode::kIo, path + ": not a regular file"};
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > limit) return TooLarge(path, limit);
    return ReadAll(file.get(), path, size, limit);
  }

  Expected<FileInfo> Stat(const Path& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return SystemError(path, errno);
    return FileInfo{KindOf(info.st_mode), static_cast<std::uint64_t>(info.st_size), info.st_dev,
                    info.st_ino};
  }

  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
    if (!folder) return SystemError(path, errno);
    std::vector<FolderEntry> entries;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      FolderEntry found{std::string(name), FileKind::kOther, entry->d_type == DT_LNK};
      if (entry->d_type == DT_REG) {
        found.kind = FileKind::kFile;
      } else if (entry->d_type == DT_DIR) {
        found.kind = FileKind::kFolder;
      } else if (struct stat info{};
                 ::fstatat(::dirfd(folder.get()), entry->d_name, &info, 0) == 0) {
        found.kind = KindOf(info.st_mode);
      }
      entries.push_back(std::move(found));
    }
    std::sort(entries.begin(), entries.end(),
              [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
    return entries;
  }

  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override {
    TRY(MakeFolders(DirName(path)));
    Path temporary = path + ".XXXXXX";
    FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) return SystemError(path, errno);
    Expected<void> written = WriteAll(file.get(), path, content);
    if (written && file.Close() != 0) written = SystemError(path, errno);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
      written = SystemError(path, errno);
    if (!written) ::unlink(temporary.c_str());
    return written;
  }
};

}  // namespace

FileSystem& RealFileSystem() {
  static DiskFileSystem disk;
  return disk;
}

Path CurrentFolder() {
  std::array<char, PATH_MAX> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? Path(".") : Path(buffer.data());
}

Path HomeFolder() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? Path() : Path(home);
}

}  // namespace nmgr
