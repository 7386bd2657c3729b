#include "repo/excluded.h"

#include <optional>

namespace nmgr::repo {
namespace {

Path ParentOf(const Path& folder) {
  const bool goes_up = folder == "." || BaseName(folder) == "..";
  return goes_up ? JoinPath(folder, "..") : DirName(folder);
}

}  // namespace

bool ExcludedFolders::Hold(const Path& spec) const {
  if (identities_.empty()) return false;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> below;
  for (Path folder = DirName(spec);; folder = ParentOf(folder)) {
    const Expected<FileInfo> info = files_.Stat(folder);
    if (!info) return false;
    const std::pair identity(info->device, info->inode);
    if (identities_.contains(identity)) return true;
    if (folder == "/" || identity == below) return false;
    below = identity;
  }
}

}  // namespace nmgr::repo
