#include "repo/changed.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/partial.h"
#include "nmgr/repo/evaluated.h"
#include "repo/git.h"
#include "repo/worktree.h"

namespace nmgr::repo {
namespace {

bool IsBelow(const Path& path, const Path& folder) {
  if (folder == ".") return !IsAbsolutePath(path) && !path.starts_with("../");
  return RelativeTo(path, folder) != path;
}

// Names of the variables whose text differs between two var files, or stands in one only.
void AddDiffering(const jobspec::VariableTexts& before, const jobspec::VariableTexts& now,
                  std::set<std::string, std::less<>>& names) {
  for (const auto& [name, text] : before) {
    const auto found = now.find(name);
    if (found == now.end() || found->second != text) names.insert(name);
  }
  for (const auto& [name, text] : now) {
    if (!before.contains(name)) names.insert(name);
  }
}

// Collects what has changed since one commit.
class Comparison {
 public:
  Comparison(const Repo& repo, const Git& git, std::string prefix, std::string way_up)
      : repo_(repo),
        files_(*repo.access.files),
        git_(git),
        prefix_(std::move(prefix)),
        way_up_(std::move(way_up)) {}

  // `depth`: of submodules around it.
  Expected<ChangedFiles> Run(const std::string& commit, int depth = 0) {
    TRY_ASSIGN(tree_, git_.Tree(commit));
    Worktree worktree(git_, repo_.access, [this](const std::string& name) { return PathOf(name); });
    TRY_ASSIGN(const Differences differences, worktree.Compare(tree_));
    changed_.past = std::make_shared<PastFiles>(files_);
    for (const std::string& name : differences.changed) Add(name);
    for (const std::string& name : differences.gone) changed_.past->Add(PathOf(name));
    if (!differences.filtered.empty()) TellOfFilters(differences.filtered);
    for (const std::string& name : worktree.submodules()) CompareSubmodule(name, depth);
    CompareVariableFiles();
    return std::move(changed_);
  }

 private:
  // Inside the base directory by way of its own prefix, not by "..", which a linked base directory
  // would lead astray.
  Path PathOf(const std::string& name) const {
    const Path& base = repo_.options.base_dir;
    if (name.starts_with(prefix_)) return JoinPath(base, name.substr(prefix_.size()));
    return JoinPath(JoinPath(base, way_up_), name);
  }

  void Add(const std::string& name) {
    const Path path = PathOf(name);
    changed_.paths.insert(path);
    const Expected<EntryInfo> entry = files_.StatEntry(path);
    if (!entry || entry->is_link) return;  // what a link leads to has not changed by it
    if (const Expected<FileInfo> info = files_.Stat(path)) {
      changed_.identities.emplace(info->device, info->inode);
      names_.emplace(std::pair(info->device, info->inode), name);
    }
  }

  // From the commit that the tree has of it to what lies there now: another one that was checked
  // out, and edited files.
  void CompareSubmodule(const std::string& name, int depth) {
    constexpr int kDeepest = 8;
    const Path folder = PathOf(name);
    if (!files_.Stat(JoinPath(folder, ".git"))) return;  // not checked out
    Repo inner = UnopenedRepo(repo_.options, repo_.access);
    inner.options.base_dir = folder;
    const Git git(inner);
    const auto before = tree_.find(name);
    Expected<ChangedFiles> found = Error{ErrorCode::kNotFound, "in no commit"};
    if (before != tree_.end() && before->second.is_submodule && depth < kDeepest) {
      found = Comparison(inner, git, "", "").Run(before->second.object, depth + 1);
    }
    if (!found) {
      changed_.paths.insert(folder);
      changed_.unknown_folders.insert(folder);
      return;
    }
    changed_.paths.merge(found->paths);
    changed_.identities.merge(found->identities);
    changed_.variables.merge(found->variables);
    changed_.unknown_folders.merge(found->unknown_folders);
    changed_.past->Add(*found->past);
    std::move(found->notices.begin(), found->notices.end(), std::back_inserter(changed_.notices));
  }

  void TellOfFilters(const std::set<std::string>& names) {
    changed_.notices.push_back(fmt::format(
        "{} with a git filter (LFS, git-crypt) may only look changed, for filters are not run: "
        "{}{}",
        Count(names.size(), "file"), PathOf(*names.begin()), names.size() > 1 ? ", ..." : ""));
  }

  void CompareVariableFiles() {
    const jobspec::VariableInput* input = repo_.access.spec.variables;
    if (input == nullptr) return;
    for (const Path& path : input->files) {
      const Expected<FileInfo> info = files_.Stat(path);
      const auto name = info ? names_.find({info->device, info->inode}) : names_.end();
      const Expected<std::string> now = files_.ReadFile(path, kMaxFileSize);
      if (name == names_.end() || !now) continue;
      std::string before;
      if (const auto old = tree_.find(name->second); old != tree_.end()) {
        before = git_.Content(old->second.object).value_or("");  // a partial clone may lack it
      }
      AddDiffering(jobspec::TextsInVariableFile(std::move(before)),
                   jobspec::TextsInVariableFile(*now), changed_.variables);
    }
  }

  const Repo& repo_;
  FileSystem& files_;
  const Git& git_;
  std::string prefix_;
  std::string way_up_;
  std::map<std::string, git::Entry> tree_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> names_;
  ChangedFiles changed_;
};

}  // namespace

bool ChangedFiles::Holds(const Path& path, FileSystem& files) const {
  const Path clean = CleanPath(path);
  if (paths.contains(clean)) return true;
  if (std::any_of(unknown_folders.begin(), unknown_folders.end(),
                  [&](const Path& folder) { return IsBelow(clean, folder); })) {
    return true;
  }
  const Expected<FileInfo> info = files.Stat(path);
  if (info) return identities.contains({info->device, info->inode});
  return past && past->Holds(path);
}

std::optional<std::string> ChangedFiles::Touch(const SpecFile& spec, const Repo& repo,
                                               bool& known) const {
  known = true;
  if (paths.empty()) return std::nullopt;
  FileSystem& files = *repo.access.files;
  if (Holds(spec.path(), files)) return spec.path() + " differs";
  for (const std::string& name : spec.parsed.variables) {
    if (variables.contains(name)) return fmt::format("the variable {} differs", name);
  }
  const Path folder = DirName(spec.path());
  for (const Path& path : paths) {  // also those that were deleted
    const auto matches = [&](const std::string& glob) { return GlobMatch(glob, BaseName(path)); };
    if (DirName(path) == folder &&
        std::any_of(repo.options.job_configs.begin(), repo.options.job_configs.end(), matches)) {
      return path + " beside it differs";
    }
  }
  const auto first = [&](const std::vector<Path>& read) -> std::optional<Path> {
    const auto found = std::find_if(read.begin(), read.end(),
                                    [&](const Path& path) { return Holds(path, files); });
    return found == read.end() ? std::nullopt : std::optional(*found);
  };
  if (const auto config = first(NeighbourConfigs(repo, spec))) {
    return *config + " beside it differs";
  }
  const EvaluatedPtr evaluated = Evaluated(spec, repo.access.spec);
  const std::vector<Path> inputs =
      evaluated->spec ? evaluated->spec->inputs
                      : jobspec::EvaluatePartly(spec.parsed, repo.access.spec).inputs;
  if (const auto input = first(inputs)) return *input + ", which it reads, differs";
  if (!evaluated->spec) {
    for (const Path& path : paths) {
      if (IsBelow(path, folder)) return path + " differs, and it does not evaluate";
    }
  }
  known = evaluated->spec || jobspec::ReadsAreKnown(spec.parsed, inputs);
  if (!past || past->empty()) return std::nullopt;
  jobspec::SpecContext before = repo.access.spec;
  before.files = past.get();
  const auto gone = first(jobspec::EvaluatePartly(spec.parsed, before).inputs);
  if (!gone) return std::nullopt;
  known = true;
  return *gone + ", which it read, is gone";
}

Expected<ChangedFiles> ChangedSince(const std::string& revision, const Repo& repo) {
  const Git git(repo);
  TRY_ASSIGN(const std::string commit, git.ResolveCommit(revision));
  TRY_ASSIGN(std::string prefix, git.Prefix());
  TRY_ASSIGN(std::string way_up, git.WayUp());
  return Comparison(repo, git, std::move(prefix), std::move(way_up)).Run(commit);
}

}  // namespace nmgr::repo
