#include "repo/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

struct Pending {
  Path path;
  int depth = 0;
};

class Walker {
 public:
  Walker(const RepoOptions& options, FileSystem& files) : options_(options), files_(files) {}

  Walked Run(const Path& root) {
    Enter({root, 0});
    while (!folders_.empty() || !linked_folders_.empty()) {
      std::deque<Pending>& queue = folders_.empty() ? linked_folders_ : folders_;
      const Pending next = std::move(queue.front());
      queue.pop_front();
      Enter(next);
    }
    AddLinkedFiles();
    std::sort(walked_.files.begin(), walked_.files.end());
    std::sort(walked_.jsons.begin(), walked_.jsons.end());
    return std::move(walked_);
  }

 private:
  void Enter(const Pending& folder) {
    const Expected<FileInfo> info = files_.Stat(folder.path);
    if (!info) return MissFolder(folder, info.error());
    if (!visited_.emplace(info->device, info->inode).second) return;
    const Expected<std::vector<FolderEntry>> entries = files_.ListFolder(folder.path);
    if (!entries) return MissFolder(folder, entries.error());
    const bool nested_repository =
        folder.depth > 0 && std::any_of(entries->begin(), entries->end(),
                                        [](const FolderEntry& e) { return e.name == ".git"; });
    if (nested_repository) return;
    for (const FolderEntry& entry : *entries) Visit(folder, entry);
  }

  void MissFolder(const Pending& folder, const Error& error) {
    walked_.unlisted.push_back(error.message);
    if (folder.depth == 0) walked_.root_unlisted = true;
  }

  void Visit(const Pending& folder, const FolderEntry& entry) {
    const Path path = JoinPath(folder.path, entry.name);
    switch (entry.kind) {
      case FileKind::kFolder:
        if (folder.depth < options_.max_depth && !IsSkipped(entry.name)) {
          (entry.is_link ? linked_folders_ : folders_).push_back({path, folder.depth + 1});
        }
        return;
      case FileKind::kFile:
        if (IsIgnored(path, entry.name)) return;
        if (LooksLikeSpecFile(entry.name, options_)) {
          (entry.is_link ? linked_files_ : walked_.files).push_back(path);
        } else if (entry.name.ends_with(".json") && !entry.is_link) {
          walked_.jsons.push_back(path);
        }
        return;
      case FileKind::kOther:
        // Hidden ones are an editor's locks (.#web.hcl), which lead nowhere on purpose.
        if (entry.is_link && entry.name[0] != '.' && LooksLikeSpecFile(entry.name, options_) &&
            !files_.Stat(path)) {
          Warn(fmt::format("{}: the link leads nowhere", path));
        }
        return;
    }
  }

  // A link to a file that is there already is not a second spec.
  void AddLinkedFiles() {
    if (linked_files_.empty()) return;
    std::set<Identity> known;
    for (const Path& path : walked_.files) AddIdentity(path, known);
    for (const Path& path : linked_files_) {
      if (AddIdentity(path, known)) walked_.files.push_back(path);
    }
  }

  bool AddIdentity(const Path& path, std::set<Identity>& known) {
    const Expected<FileInfo> info = files_.Stat(path);
    return !info || known.emplace(info->device, info->inode).second;
  }

  bool IsIgnored(const Path& path, const std::string& name) const {
    const std::vector<std::string>& globs = options_.ignore_files;
    return std::any_of(globs.begin(), globs.end(), [&](std::string_view glob) {
      if (glob.find('/') == std::string_view::npos) return GlobMatch(glob, name);
      glob.remove_prefix(glob.starts_with("./") ? 2 : glob.starts_with('/') ? 1 : 0);
      return GlobMatch(glob, RelativeTo(path, options_.base_dir));
    });
  }

  bool IsSkipped(const std::string& name) const {
    return name[0] == '.' || std::find(options_.ignore_dirs.begin(), options_.ignore_dirs.end(),
                                       name) != options_.ignore_dirs.end();
  }

  void Warn(std::string text) { walked_.warnings.push_back(std::move(text)); }

  const RepoOptions& options_;
  FileSystem& files_;
  std::deque<Pending> folders_;
  std::deque<Pending> linked_folders_;
  std::vector<Path> linked_files_;
  std::set<Identity> visited_;
  Walked walked_;
};

}  // namespace

Walked WalkFolder(const Path& root, const RepoOptions& options, FileSystem& files) {
  return Walker(options, files).Run(root);
}

}  // namespace nmgr::repo
