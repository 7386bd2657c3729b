#include "nmgr/base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <map>
#include <thread>

#include "base/descriptor.h"
#include "nmgr/base/folders.h"
#include "nmgr/base/owned.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"

namespace nmgr {

Descriptor OpenFile(const Path& path, int flags, int mode) {
  constexpr int kAttempts = 40;
  constexpr std::chrono::milliseconds kPause{5};
  for (int attempt = 1;; ++attempt) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0 || !IsOutOfDescriptors(errno) || attempt == kAttempts) return Descriptor(fd);
    std::this_thread::sleep_for(kPause);
  }
}

Error SystemError(const Path& path, int error) {
  const ErrorCode code =
      error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error{code, fmt::format("{}: {}", path, SystemReason(error))};
}

namespace {

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kFolder;
  return FileKind::kOther;
}

FileInfo InfoOf(const struct stat& info) {
  return {KindOf(info.st_mode), static_cast<std::uint64_t>(info.st_size),
          info.st_dev,          info.st_ino,
          info.st_mode & 07777, info.st_uid};
}

void AddEntry(int folder, const dirent64& entry, std::vector<FolderEntry>& entries) {
  const std::string_view name = entry.d_name;
  if (name == "." || name == "..") return;
  FolderEntry found{std::string(name), FileKind::kOther, entry.d_type == DT_LNK};
  if (entry.d_type == DT_REG) {
    found.kind = FileKind::kFile;
  } else if (entry.d_type == DT_DIR) {
    found.kind = FileKind::kFolder;
  } else if (struct stat info{}; ::fstatat(folder, entry.d_name, &info, 0) == 0) {
    found.kind = KindOf(info.st_mode);
  }
  entries.push_back(std::move(found));
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
    const bool ended = static_cast<std::size_t>(got) < content.size() - used;
    used += static_cast<std::size_t>(got);
    if (used > limit) return TooLarge(path, limit);
    if (ended) break;  // of a regular file
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

using Attributes = std::map<std::string, std::string>;

// Access lists, labels and what users put there; none where the file system has none.
Attributes AttributesOf(int fd) {
  Attributes all;
  std::string names(64U << 10U, '\0');
  const ssize_t size = ::flistxattr(fd, names.data(), names.size());
  names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  for (const std::string_view name : Split(names, '\0')) {
    if (name.empty()) continue;
    std::string value(64U << 10U, '\0');
    const std::string key(name);
    const ssize_t got = ::fgetxattr(fd, key.c_str(), value.data(), value.size());
    if (got < 0) continue;
    value.resize(static_cast<std::size_t>(got));
    all.emplace(key, std::move(value));
  }
  return all;
}

// A new file may have inherited some from its folder.
bool GiveAttributes(int fd, const Attributes& wanted) {
  const Attributes own = AttributesOf(fd);
  bool given = true;
  for (const auto& [name, value] : own) {
    if (!wanted.contains(name)) given = ::fremovexattr(fd, name.c_str()) == 0 && given;
  }
  for (const auto& [name, value] : wanted) {
    const auto has = own.find(name);
    if (has != own.end() && has->second == value) continue;
    given = ::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0 && given;
  }
  return given;
}

// Makes a new file what the one that is open as `old` is to others, if that can be. Owner first: to
// give a file away takes away its set-id bits.
bool TakeOver(int fd, int old) {
  struct stat info {};
  struct stat own {};
  if (::fstat(old, &info) != 0 || ::fstat(fd, &own) != 0) return false;
  const bool same = own.st_uid == info.st_uid && own.st_gid == info.st_gid;
  if (!same && ::fchown(fd, info.st_uid, info.st_gid) != 0) return false;
  constexpr mode_t kModeBits = 07777;
  return GiveAttributes(fd, AttributesOf(old)) && ::fchmod(fd, info.st_mode & kModeBits) == 0;
}

// In the file itself, from its start.
Expected<void> Overwrite(int fd, const Path& path, std::string_view content) {
  if (::lseek(fd, 0, SEEK_SET) != 0) return SystemError(path, errno);
  TRY(WriteAll(fd, path, content));
  const bool cut = ::ftruncate(fd, static_cast<off_t>(content.size())) == 0 && ::fsync(fd) == 0;
  return cut ? Expected<void>() : SystemError(path, errno);
}

class DiskFileSystem final : public FileSystem {
 public:
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override {
    // O_NONBLOCK: a named pipe must not block us for ever.
    const Descriptor file = OpenFile(path, O_RDONLY | O_NONBLOCK);
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
    return InfoOf(info);
  }

  Expected<EntryInfo> StatEntry(const Path& path) override {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return SystemError(path, errno);
    EntryInfo entry;
    entry.kind = KindOf(info.st_mode);
    entry.is_link = S_ISLNK(info.st_mode);
    entry.size = static_cast<std::uint64_t>(info.st_size);
    entry.inode = info.st_ino;
    entry.modified = {info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    entry.changed = {info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
    return entry;
  }

  Expected<std::string> ReadLink(const Path& path) override {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (size < 0) return SystemError(path, errno);
    return std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override {
    TRY_ASSIGN(Listing listing, ListFolderItself(path));
    return std::move(listing.entries);
  }

  Expected<Listing> ListFolderItself(const Path& path) override {
    Descriptor opened = OpenFile(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (opened.get() < 0) return SystemError(path, errno);
    struct stat folder {};
    if (::fstat(opened.get(), &folder) != 0) return SystemError(path, errno);
    std::vector<FolderEntry> entries;
    alignas(dirent64) std::array<char, 32U << 10U> buffer;  // NOLINT: the system fills it
    for (;;) {
      const ssize_t got = ::getdents64(opened.get(), buffer.data(), buffer.size());
      if (got < 0) return SystemError(path, errno);
      if (got == 0) break;
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        at += entry->d_reclen;
        AddEntry(opened.get(), *entry, entries);
      }
    }
    std::sort(entries.begin(), entries.end(),
              [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
    return Listing{InfoOf(folder), std::move(entries)};
  }

  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override {
    TRY(MakeFolders(DirName(path)));
    return PutInPlace(path, path, content, [](int) { return Expected<void>(); });
  }

  Expected<void> ReplaceFile(const Path& path, std::string_view before,
                             std::string_view content) override {
    const Path real = RealPath(path);
    struct stat info {};
    if (::stat(real.c_str(), &info) != 0) return SystemError(path, errno);
    constexpr mode_t kAnyWrite = S_IWUSR | S_IWGRP | S_IWOTH;
    if ((info.st_mode & kAnyWrite) == 0) return Error{ErrorCode::kIo, path + ": read-only file"};
    const Descriptor old = OpenFile(real, O_RDWR | O_NONBLOCK);
    if (old.get() < 0) return SystemError(path, errno);
    bool is_alike = info.st_nlink == 1;
    const auto exchange = [&](int fd) -> Expected<void> {
      is_alike = TakeOver(fd, old.get());
      if (!is_alike) return Error{ErrorCode::kIo, path + ": its owner cannot be kept"};
      return CheckContent(real, before);
    };
    if (is_alike) {
      auto replaced = PutInPlace(path, real, content, exchange);
      if (replaced || is_alike) return replaced;
    }
    return WriteThrough(path, real, old.get(), before, content);
  }

 private:
  // A new file beside another one; taken away in the end unless it was kept or renamed.
  struct Beside {
    explicit Beside(const Path& real)
        : path(real + ".XXXXXX"), file(::mkostemp(path.data(), O_CLOEXEC)) {}
    ~Beside() {
      if (file_made && !kept) ::unlink(path.c_str());
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

    Path path;
    Descriptor file;
    bool file_made = file.get() >= 0;
    bool kept = false;
  };

  // Writes a new file beside `real` and, if all of it is there and `prepare(fd)` has no objection,
  // puts it there in one step. Errors name `path`.
  template <class Prepare>
  static Expected<void> PutInPlace(const Path& path, const Path& real, std::string_view content,
                                   Prepare prepare) {
    Beside beside(real);
    if (!beside.file_made) return SystemError(path, errno);
    TRY(WriteAll(beside.file.get(), path, content));
    TRY(prepare(beside.file.get()));
    if (beside.file.Close() != 0) return SystemError(path, errno);
    if (::rename(beside.path.c_str(), real.c_str()) != 0) return SystemError(path, errno);
    beside.kept = true;
    return {};
  }

  // The new text is safe beside the file before the first byte of that changes.
  Expected<void> WriteThrough(const Path& path, const Path& real, int fd, std::string_view before,
                              std::string_view content) {
    Beside beside(real);
    if (!beside.file_made) return SystemError(path, errno);
    TRY(WriteAll(beside.file.get(), path, content));
    TRY(CheckContent(real, before));
    Expected<void> written = Overwrite(fd, path, content);
    if (written || Overwrite(fd, path, before)) return written;
    beside.kept = true;
    return Error{written.error().code, written.error().message + ", in the middle of it",
                 "the new text is in " + beside.path};
  }

  Expected<void> CheckContent(const Path& path, std::string_view expected) {
    TRY_ASSIGN(const std::string now, ReadFile(path, kMaxFileSize));
    if (now == expected) return {};
    return Error{ErrorCode::kConflict, path + ": has changed meanwhile", "try again"};
  }
};

}  // namespace

Expected<FileSystem::Listing> FileSystem::ListFolderItself(const Path& path) {
  TRY_ASSIGN(const FileInfo folder, Stat(path));
  TRY_ASSIGN(std::vector<FolderEntry> entries, ListFolder(path));
  return Listing{folder, std::move(entries)};
}

Expected<EntryInfo> FileSystem::StatEntry(const Path& path) {
  return Error{ErrorCode::kIo, path + ": entries cannot be looked at here"};
}

Expected<void> FileSystem::ReplaceFile(const Path& path, std::string_view /*before*/,
                                       std::string_view /*content*/) {
  return Error{ErrorCode::kIo, path + ": files cannot be replaced here"};
}

Expected<std::string> FileSystem::ReadLink(const Path& path) {
  return Error{ErrorCode::kIo, path + ": links cannot be read here"};
}

FileSystem& RealFileSystem() {
  static DiskFileSystem disk;
  return disk;
}

Path CurrentFolder() {
  std::array<char, PATH_MAX> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? Path(".") : Path(buffer.data());
}

Path RealPath(const Path& path) {
  const Owned<char, std::free> real(::realpath(path.c_str(), nullptr));
  return real ? Path(real.get()) : CleanPath(path);
}

}  // namespace nmgr
