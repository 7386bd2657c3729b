// Folders of which --exclude takes the specs away.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "nmgr/base/file_system.h"

namespace nmgr::repo {

// A spec is held when the path at which it was found leads through one of the folders, by device
// and inode: a link that lies in the folder takes nothing away elsewhere.
class ExcludedFolders {
 public:
  explicit ExcludedFolders(FileSystem& files) : files_(files) {}

  void Add(const FileInfo& folder) { identities_.emplace(folder.device, folder.inode); }
  bool Hold(const Path& spec) const;

 private:
  FileSystem& files_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> identities_;
};

}  // namespace nmgr::repo
