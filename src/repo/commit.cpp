#include "nmgr/repo/commit.h"

#include <fmt/format.h>

#include <utility>

#include "repo/git.h"
#include "repo/worktree.h"

namespace nmgr::repo {

Expected<CommitState> CommitNow(const Repo& repo) {
  const Git git(repo);
  CommitState state;
  TRY_ASSIGN(state.commit, git.ResolveCommit("HEAD"));
  TRY_ASSIGN(const std::string up, git.WayUp());
  TRY_ASSIGN(const git::Tree tree, git.Tree(state.commit));
  const Path top = JoinPath(repo.options.base_dir, up);
  Worktree worktree(git, repo.access,
                    [&top](const std::string& name) { return JoinPath(top, name); });
  TRY_ASSIGN(const Differences differences, worktree.Compare(tree));
  state.dirty = !differences.changed.empty();
  return state;
}

Expected<CommitPlace> FindCommit(const Repo& repo, const std::string& commit) {
  const Git git(repo);
  const Path& base = repo.options.base_dir;
  auto prefix = git.Prefix();
  auto top = git.Top();
  if (!prefix || !top) {
    return Error{ErrorCode::kNotFound, base + " is in no git repository any more"};
  }
  auto found = git.ResolveCommit(commit);
  if (!found) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("commit {} is not in the repository of {} any more", commit, base)};
  }
  return CommitPlace{*std::move(found), *std::move(top), *std::move(prefix)};
}

Expected<std::vector<std::string>> Revisions(const Repo& repo) { return Git(repo).Revisions(); }

}  // namespace nmgr::repo
