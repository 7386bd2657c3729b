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
  std::vector<Path> jsons;            // other *.json files, which may be jobs in the API's form
  std::vector<std::string> unlisted;  // folders that could not be listed: messages
  std::vector<std::string> warnings;  // links that lead nowhere
  bool root_unlisted = false;
};

// Candidates below `root`: regular files for which LooksLikeSpecFile holds. Linked folders are
// entered after all real ones, so that a folder which is there twice is known by its real path; the
// same holds for linked files.
Walked WalkFolder(const Path& root, const RepoOptions& options, FileSystem& files);

}  // namespace nmgr::repo
