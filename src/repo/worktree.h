// What lies on the disk beside what a commit holds, found without running anything: a file that is
// as the index remembers it has the content that stands there; any other is read and hashed here.
//
// Filters (LFS, git-crypt) are programs and are not run. A file with a filter that is not as the
// index remembers it therefore counts as changed, whatever its content. Line endings are converted
// as git would; a change of the mode alone is none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "repo/git.h"

namespace nmgr::repo {

struct Differences {
  std::set<std::string> changed;   // differing, gone and new, as paths from the top
  std::set<std::string> gone;      // those that are not there any more
  std::set<std::string> filtered;  // those that may only look changed because of a filter
};

// `tree` is the commit's. `path_of` says where a path from the top lies.
class Worktree {
 public:
  Worktree(const Git& git, const RepoAccess& access,
           std::function<Path(const std::string&)> path_of)
      : git_(git), files_(*access.files), stop_(access.stop), path_of_(std::move(path_of)) {}

  // kInterrupted after a stop request.
  Expected<Differences> Compare(const std::map<std::string, git::Entry>& tree);

  // After it: those of the commit or of the index. What lies in them was not looked at.
  const std::set<std::string>& submodules() const { return submodules_; }

 private:
  // Nothing: it is not there.
  std::optional<git::Entry> ContentNow(const std::string& name, const git::IndexEntry* known,
                                       const git::Entry& wanted);
  Expected<void> JudgeTouched(const std::map<std::string, git::Entry>& tree, Differences& result);

  const Git& git_;
  FileSystem& files_;
  std::stop_token stop_;
  std::function<Path(const std::string&)> path_of_;
  EntryInfo::Time index_written_;
  git::Names touched_;  // there, but not surely as the index remembers it
  // Those of them that are as it remembers, but so young that they may have changed since: what it
  // says of them.
  std::map<std::string, git::Entry> young_;
  std::set<std::string> submodules_;
};

// The name that git gives a content, in the form of `like`.
std::string GitObjectName(std::string_view content, std::string_view like);

}  // namespace nmgr::repo
