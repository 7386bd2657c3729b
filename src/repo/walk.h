// The folders below a base directory that discovery enters, and the files in them that may be
// specs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

struct Walked {
  std::vector<Path> files;            // candidates, sorted
  std::vector<std::string> warnings;  // what could not be listed, and links that lead nowhere
};

// Candidates below `root`: regular files for which LooksLikeSpecFile holds. Linked folders are
// entered after all real ones, so that a folder which is there twice is known by its real path; the
// same holds for linked files.
Walked WalkFolder(const Path& root, const RepoOptions& options, FileSystem& files);

}  // namespace nmgr::repo
