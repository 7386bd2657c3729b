// changed:REV: which files differ from a git revision, and which specs they concern.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/repo/repo.h"
#include "repo/past_files.h"

namespace nmgr::repo {

// Files that differ, in submodules too, between the revision and what lies on the disk now:
// committed, staged, edited, deleted, and new ones that git does not ignore. An ignored file is in
// no revision, so nothing can be said of it.
struct ChangedFiles {
  std::set<Path>
      paths;  // spelt like the paths of the specs: below the base directory as it was given
  std::set<std::pair<std::uint64_t, std::uint64_t>>
      identities;                   // of those that exist: device, inode
  std::shared_ptr<PastFiles> past;  // with those that are gone
  // Submodules of which nobody knows what has changed in them: all of it counts.
  std::set<Path> unknown_folders;
  std::set<std::string, std::less<>> variables;  // whose value in a given var file has changed
  std::vector<std::string> notices;

  bool Holds(const Path& path, FileSystem& files) const;

  // Whether the spec, a file that it reads or read, a variable that a changed var file gives it, or
  // a config file beside it is among them, and which. Of a spec that does not evaluate nobody knows
  // all that it reads: there every file of its folder and below counts, and where none of them
  // has changed and it may read others, `known` becomes false.
  std::optional<std::string> Touch(const SpecFile& spec, const Repo& repo, bool& known) const;
};

// Asks git in the base directory. kNotFound where there is no git, no git repository or no such
// revision. `REV...` means from the merge base of REV and HEAD.
Expected<ChangedFiles> ChangedSince(const std::string& revision, const Repo& repo);

}  // namespace nmgr::repo
