// The disk as a look at it has found it, for whoever wants to know whether it is still so.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr::actions {

// Hands everything on, and notes of each path that is looked at what stands there: of a folder
// which entries it has, of a link also what it leads to. May be used from several threads at once.
class NotedFiles final : public FileSystem {
 public:
  // What lies below one of `left_out` is not noted: what a look writes itself.
  NotedFiles(FileSystem& files, std::vector<Path> left_out)
      : files_(files), left_out_(std::move(left_out)) {}

  // Before another look.
  void Forget();
  // Whether anything is other than it was noted; once until Forget.
  bool HaveChanged();

  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<EntryInfo> StatEntry(const Path& path) override;
  Expected<std::string> ReadLink(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<Listing> ListFolderItself(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;
  Expected<void> ReplaceFile(const Path& path, std::string_view before,
                             std::string_view content) override;

 private:
  // Before it is read, so that no change is missed in between.
  void Note(const Path& path);

  FileSystem& files_;
  const std::vector<Path> left_out_;
  std::mutex mutex_;
  std::map<Path, std::optional<EntryInfo>> noted_;  // nothing: nothing was there
  bool told_ = false;
};

}  // namespace nmgr::actions
