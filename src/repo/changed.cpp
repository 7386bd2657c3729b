#include "repo/changed.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"

namespace nmgr::repo {
namespace {

class Git {
 public:
  explicit Git(const Repo& repo) : repo_(repo) {}

  // Standard output; kNotFound with git's own words where it fails.
  Expected<std::string> Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"git", "--literal-pathspecs", "--no-optional-locks"});
    TRY_ASSIGN(ProcessResult result,
               repo_.access.processes->Run(arguments, repo_.options.base_dir, repo_.access.stop));
    if (result.exit_code != 0) {
      return Error{
          ErrorCode::kNotFound,
          fmt::format("changed: {}", TrimBlanks(result.err.empty() ? result.out : result.err))};
    }
    return std::move(result.out);
  }

 private:
  const Repo& repo_;
};

// Names between NUL bytes.
void AddNames(std::string_view output, std::set<std::string>& names) {
  for (const std::string_view name : Split(output, '\0')) {
    if (!name.empty()) names.emplace(name);
  }
}

bool IsBelow(const Path& path, const Path& folder) {
  if (folder == ".") return !IsAbsolutePath(path) && !path.starts_with("../");
  return RelativeTo(path, folder) != path;
}

std::string WithoutLineEnd(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

bool ChangedFiles::Holds(const Path& path, FileSystem& files) const {
  if (paths.contains(CleanPath(path))) return true;
  const Expected<FileInfo> info = files.Stat(path);
  return info && identities.contains({info->device, info->inode});
}

bool ChangedFiles::Touch(const SpecFile& spec, const Repo& repo) const {
  if (paths.empty()) return false;
  FileSystem& files = *repo.access.files;
  if (Holds(spec.path(), files)) return true;

  const Path folder = DirName(spec.path());
  for (const Path& path : paths) {  // also those that were deleted
    const auto matches = [&](const std::string& glob) { return GlobMatch(glob, BaseName(path)); };
    if (DirName(path) == folder &&
        std::any_of(repo.options.job_configs.begin(), repo.options.job_configs.end(), matches)) {
      return true;
    }
  }
  const std::vector<Path> configs = NeighbourConfigs(repo, spec);
  const auto holds = [&](const Path& path) { return Holds(path, files); };
  if (std::any_of(configs.begin(), configs.end(), holds)) return true;

  const EvaluatedPtr evaluated = Evaluated(spec, repo.access.spec);
  if (evaluated->spec) {
    const std::vector<Path>& inputs = evaluated->spec->inputs;
    return std::any_of(inputs.begin(), inputs.end(), holds);
  }
  return std::any_of(paths.begin(), paths.end(),
                     [&](const Path& path) { return IsBelow(path, folder); });
}

Expected<ChangedFiles> ChangedSince(const std::string& revision, const Repo& repo) {
  const Git git(repo);
  if (revision.empty()) {
    return Error{ErrorCode::kUsage, "changed: needs a git revision", "for example changed:HEAD~1"};
  }
  const Expected<std::string> commit =
      git.Run({"rev-parse", "--verify", "--end-of-options", revision + "^{commit}"});
  if (!commit) {
    TRY(git.Run({"rev-parse", "--show-prefix"}));
    return Error{ErrorCode::kNotFound, fmt::format("changed:{}: git knows no such revision in {}",
                                                   revision, repo.options.base_dir)};
  }
  TRY_ASSIGN(const std::string prefix_line, git.Run({"rev-parse", "--show-prefix"}));
  TRY_ASSIGN(const std::string up_line, git.Run({"rev-parse", "--show-cdup"}));
  TRY_ASSIGN(const std::string differing,
             git.Run({"diff", "--name-only", "--no-renames", "--no-relative", "-z",
                      WithoutLineEnd(*commit), "--"}));
  TRY_ASSIGN(const std::string untracked,
             git.Run({"ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--",
                      WithoutLineEnd(up_line).empty() ? "." : WithoutLineEnd(up_line)}));
  std::set<std::string> names;
  AddNames(differing, names);
  AddNames(untracked, names);

  const std::string prefix = WithoutLineEnd(prefix_line);
  ChangedFiles changed;
  for (const std::string& name : names) {
    // Inside the base directory by way of its own prefix, not by "..", which a linked base
    // directory would lead astray.
    const Path path =
        name.starts_with(prefix)
            ? JoinPath(repo.options.base_dir, name.substr(prefix.size()))
            : JoinPath(JoinPath(repo.options.base_dir, WithoutLineEnd(up_line)), name);
    changed.paths.insert(path);
    if (const Expected<FileInfo> info = repo.access.files->Stat(path)) {
      changed.identities.emplace(info->device, info->inode);
    }
  }
  return changed;
}

}  // namespace nmgr::repo
