#include "nmgr/base/folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/descriptor.h"

namespace nmgr {

Expected<void> MakeFolders(const Path& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) == 0) return {};
  const Path parent = DirName(folder);
  if (parent != folder) TRY(MakeFolders(parent));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return SystemError(folder, errno);
  return {};
}

Expected<void> RemoveTree(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return SystemError(path, error.value());
  }
  return {};
}

Expected<void> Rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return SystemError(to, errno);
  const Descriptor folder = OpenFile(DirName(to), O_RDONLY | O_DIRECTORY);
  if (folder.get() >= 0) ::fsync(folder.get());
  return {};
}

Expected<void> ReplaceByLink(const Path& path, std::string_view target) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return SystemError(path, errno);
  if (::symlink(std::string(target).c_str(), path.c_str()) != 0) return SystemError(path, errno);
  return {};
}

Expected<void> LinkFile(const Path& from, const Path& to) {
  std::error_code error;
  std::filesystem::create_directories(DirName(to), error);
  if (error) return SystemError(DirName(to), error.value());
  if (::link(from.c_str(), to.c_str()) != 0) return SystemError(to, errno);
  return {};
}

}  // namespace nmgr
