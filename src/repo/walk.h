// The folders below the base directory that discovery enters, and the files in them that may be
// specs, read while the walk goes on.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

// What became of one candidate: a spec, something to be told, or nothing.
struct Candidate {
  Path path;
  SpecPtr spec = nullptr;
  std::unique_ptr<NoSpec> no_spec = {};  // of most there is neither
  std::unique_ptr<Error> fault = {};
};

struct Walked {
  std::vector<Candidate> candidates;  // sorted by path
  std::vector<Path> jsons;            // other *.json files, which may be jobs in the API's form
  std::vector<std::string> unlisted;  // folders that could not be listed: messages
  std::vector<std::string> warnings;  // links that lead nowhere
  bool root_unlisted = false;
};

// Called from several threads at once.
using CandidateReader = std::function<Candidate(const Path& path)>;

// Candidates below `root`: regular files for which LooksLikeSpecFile holds. Linked folders are
// entered after all real ones, so that a folder which is there twice is known by its real path; the
// same holds for linked files. The folders of one depth are listed, and what they hold is read, at
// the same time; their order decides nothing.
Walked WalkFolder(const Path& root, const RepoOptions& options, FileSystem& files,
                  const CandidateReader& read, const std::stop_token& stop = {});

}  // namespace nmgr::repo
