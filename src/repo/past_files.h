// A disk on which files that are gone are still there, with nothing in them: what a spec looks at
// on it is what it would have looked at before they went (fileset, file, fileexists).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr::repo {

// Gone files are known by the folder that is still there, by device and inode, so that links lead
// to them as to everything else.
class PastFiles final : public FileSystem {
 public:
  explicit PastFiles(FileSystem& files) : files_(files) {}

  void Add(const Path& gone);
  void Add(const PastFiles& other);  // of the same disk
  bool empty() const { return gone_.empty(); }
  bool Holds(const Path& path) const;  // as a file

  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

 private:
  using Identity = std::pair<std::uint64_t, std::uint64_t>;
  struct Place {
    Identity folder;   // the last folder on the way that is there
    std::string rest;  // from there; "" for itself
  };
  std::optional<Place> PlaceOf(const Path& path) const;
  // What lies in a folder that is at `place`: names, and whether each is a file.
  std::map<std::string, FileKind> ChildrenOf(const Place& place) const;

  FileSystem& files_;
  std::map<Identity, std::set<std::string>> gone_;
};

}  // namespace nmgr::repo
