// A file system in memory, for tests that must not touch the disk or want to see what was read.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr::testing {

// Paths are cleaned, and are otherwise taken as they are: "a/b" and "/a/b" are two files. Folders
// exist as far as files lie in them. Safe from several threads.
class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem() = default;
  explicit MemoryFileSystem(std::map<Path, std::string> files);

  void Add(const Path& path, std::string content);
  void AddFolder(const Path& path);
  void Remove(const Path& path);
  // A symbolic link at `path`; `target` is from the root of this file system, and may be missing.
  void AddLink(const Path& path, const Path& target);
  // A pipe, a device: neither file nor folder.
  void AddOther(const Path& path);
  // Reading the file or listing the folder fails from now on, as it does without the right to.
  void Forbid(const Path& path);

  // Files that ReadFile was asked for, present or not.
  std::set<Path> reads() const;

  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

 private:
  // With the mutex held.
  bool IsFolder(const Path& path) const;
  Path Resolve(const Path& path) const;  // cleaned, links followed
  FileKind KindOf(const Path& resolved) const;

  mutable std::mutex mutex_;
  std::map<Path, std::string> files_;
  std::set<Path> folders_;
  std::map<Path, Path> links_;
  std::set<Path> others_;
  std::set<Path> forbidden_;
  std::set<Path> reads_;
};

}  // namespace nmgr::testing
