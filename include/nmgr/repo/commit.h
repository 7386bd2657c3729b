// What git says of the repository as a whole: which commit the specs of a run came from, for what
// keeps a memory of it, and what revisions there are.
#pragma once

#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

struct CommitState {
  std::string commit;  // of HEAD, as git names it
  bool dirty = false;  // the disk holds something else: edited, gone, or new and not ignored
};

// Asks git in the base directory, in the same way as changed:REV: nothing of the repository's own
// is run. kNotFound where there is no git, no repository or no commit.
Expected<CommitState> CommitNow(const Repo& repo);

// Where a commit of the base directory's repository is to be found.
struct CommitPlace {
  std::string commit;  // its full name
  Path top;            // of the working tree, absolute
  std::string prefix;  // from there to the base directory: "nomad/"; "" at it
};

// Asks git likewise. kNotFound where the base directory is in no repository (any more), or that has
// no such commit.
Expected<CommitPlace> FindCommit(const Repo& repo, const std::string& commit);

// What may stand behind changed:, as far as it has a name, in the same way; kNotFound where there
// is no git or no repository.
Expected<std::vector<std::string>> Revisions(const Repo& repo);

}  // namespace nmgr::repo
