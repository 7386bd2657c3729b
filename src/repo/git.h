// The little of git that changed:REV needs, asked in a way that runs nothing but git itself.
//
// A repository is not trusted (nmgr/git/command.h). Its configuration can name programs for what is
// done to files too (clean and smudge filters, textconv), and a folder of a plain clone can be a
// bare repository with a configuration of its author's. So only plumbing is asked that looks at
// objects, the index and file names; what the files on the disk hold is read and hashed here
// (worktree.h). The user's own configuration stays in force (safe.directory, core.excludesFile,
// core.autocrlf). The base directory alone says which repository is meant, also inside a hook.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/process.h"
#include "nmgr/git/output.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

class Git {
 public:
  // Looks at the repository that the base directory lies in.
  explicit Git(const Repo& repo) : repo_(repo) {}

  // The commit that `revision` names. `REV...` is the merge base of REV and HEAD; other ranges and
  // negations name no commit. kNotFound also where there is no git or no repository.
  Expected<std::string> ResolveCommit(std::string_view revision) const;

  // Branches, tags and remote branches by the names that people give them, HEAD not among them; the
  // newest commit first.
  Expected<std::vector<std::string>> Revisions() const;

  // From the top of the working tree to the base directory ("nomad/"), and back ("../"); "" at it.
  Expected<std::string> Prefix() const;
  Expected<std::string> WayUp() const;
  // Of the working tree, absolute.
  Expected<Path> Top() const;

  Expected<git::Tree> Tree(const std::string& commit) const;
  Expected<git::Index> Index() const;
  // The file of the index, from the base directory.
  Expected<Path> IndexFile() const;
  // Files on the disk that git neither has in its index nor is told to ignore.
  Expected<git::Names> Untracked() const;

  // The value that `attribute` has for each name that has any.
  Expected<git::Attributes> Attributes(const git::Names& names,
                                       const std::vector<std::string>& attributes) const;
  // Whether line endings are converted where no attribute says so.
  Expected<bool> ConvertsLineEnds() const;

  // The content of a file, as it is stored.
  Expected<std::string> Content(const std::string& object) const;

 private:
  Expected<ProcessResult> Start(std::vector<std::string> arguments) const;
  // Standard output; kNotFound with git's own words where it fails.
  Expected<std::string> Run(std::vector<std::string> arguments) const;
  Error NoSuchRevision(std::string_view revision) const;
  Expected<git::Names> Below() const;  // arguments that mean the whole working tree

  const Repo& repo_;
};

}  // namespace nmgr::repo
