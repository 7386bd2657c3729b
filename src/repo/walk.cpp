#include "repo/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

struct Pending {
  Path path;
  int depth = 0;
  bool linked = false;
};

// A folder that was looked at, and all that is in it. Filled by one thread.
struct Visited {
  std::optional<Error> fault;
  Identity identity;
  bool nested_repository = false;
  std::vector<Pending> folders;
  std::vector<Pending> linked_folders;
  std::vector<Path> linked_files;
  std::vector<Path> too_deep;
  Walked found;
};

bool IsRepository(const std::vector<FolderEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const FolderEntry& entry) { return entry.name == ".git"; });
}

class Walker {
 public:
  Walker(const RepoOptions& options, FileSystem& files, const CandidateReader& read,
         const std::stop_token& stop)
      : options_(options), files_(files), read_(read), stop_(stop) {}

  Walked Run(const Path& root) {
    folders_ = {{root, 0}};
    FindAbove(root);
    while (!folders_.empty() || !linked_folders_.empty()) {
      if (folders_.empty()) {
        folders_.push_back(std::move(linked_folders_.front()));
        linked_folders_.pop_front();
      }
      EnterAll(std::exchange(folders_, {}));
    }
    AddLinkedFiles();
    WarnOfTooDeep();
    std::sort(walked_.candidates.begin(), walked_.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
    std::sort(walked_.jsons.begin(), walked_.jsons.end());
    return std::move(walked_);
  }

 private:
  // A link to one of these holds the repository itself, and whatever else the machine has.
  void FindAbove(const Path& root) {
    Path folder = RealPath(root);
    while (folder != DirName(folder)) {
      folder = DirName(folder);
      if (const auto info = files_.Stat(folder)) above_.emplace(info->device, info->inode);
    }
  }

  void EnterAll(const std::vector<Pending>& folders) {
    std::vector<Visited> visited(folders.size());
    ParallelFor(
        folders.size(), options_.threads, [&](std::size_t i) { visited[i] = Look(folders[i]); },
        stop_);
    for (std::size_t i = 0; i < folders.size(); ++i) Merge(folders[i], std::move(visited[i]));
  }

  Visited Look(const Pending& folder) const {
    Visited visited;
    const auto listing = files_.ListFolderItself(folder.path);
    if (!listing) {
      visited.fault = listing.error();
      return visited;
    }
    visited.identity = {listing->folder.device, listing->folder.inode};
    const std::vector<FolderEntry>& entries = listing->entries;
    visited.nested_repository = folder.depth > 0 && IsRepository(entries);
    if (visited.nested_repository) return visited;
    for (const FolderEntry& entry : entries) Visit(folder, entry, visited);
    return visited;
  }

  void Merge(const Pending& folder, Visited visited) {
    if (visited.fault) {
      walked_.unlisted.push_back(visited.fault->message);
      if (folder.depth == 0) walked_.root_unlisted = true;
      return;
    }
    if (folder.linked && above_.contains(visited.identity)) {
      walked_.warnings.push_back(fmt::format(
          "{}: not followed: the link leads to a folder that the repository itself is in",
          folder.path));
      return;
    }
    if (!visited_.insert(visited.identity).second) return;
    Append(std::move(visited.folders), folders_);
    Append(std::move(visited.linked_folders), linked_folders_);
    Append(std::move(visited.linked_files), linked_files_);
    Append(std::move(visited.too_deep), too_deep_);
    Append(std::move(visited.found.candidates), walked_.candidates);
    Append(std::move(visited.found.jsons), walked_.jsons);
    Append(std::move(visited.found.warnings), walked_.warnings);
  }

  template <class From, class To>
  static void Append(From from, To& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  }

  void Visit(const Pending& folder, const FolderEntry& entry, Visited& visited) const {
    switch (entry.kind) {
      case FileKind::kFolder:
        if (IsSkipped(entry.name)) return;
        if (folder.depth >= options_.max_depth) {
          if (!entry.is_link) visited.too_deep.push_back(JoinPath(folder.path, entry.name));
        } else {
          (entry.is_link ? visited.linked_folders : visited.folders)
              .push_back({JoinPath(folder.path, entry.name), folder.depth + 1, entry.is_link});
        }
        return;
      case FileKind::kFile:
        return VisitFile(folder, entry, visited);
      case FileKind::kOther:
        // Hidden ones are an editor's locks (.#web.hcl), which lead nowhere on purpose.
        if (entry.is_link && entry.name[0] != '.' && LooksLikeSpecFile(entry.name, options_)) {
          const Path path = JoinPath(folder.path, entry.name);
          if (!files_.Stat(path)) {
            visited.found.warnings.push_back(fmt::format("{}: the link leads nowhere", path));
          }
        }
        return;
    }
  }

  void VisitFile(const Pending& folder, const FolderEntry& entry, Visited& visited) const {
    const bool candidate = LooksLikeSpecFile(entry.name, options_);
    const bool json = !candidate && !entry.is_link && entry.name.ends_with(".json");
    if (!candidate && !json) return;
    const Path path = JoinPath(folder.path, entry.name);
    if (IsIgnored(path, entry.name)) return;
    if (json) {
      visited.found.jsons.push_back(path);
    } else if (entry.is_link) {
      visited.linked_files.push_back(path);
    } else {
      visited.found.candidates.push_back(read_(path));
    }
  }

  // A link to a file that is there already is not a second spec.
  void AddLinkedFiles() {
    if (linked_files_.empty()) return;
    std::set<Identity> known;
    for (const Candidate& candidate : walked_.candidates) AddIdentity(candidate.path, known);
    for (const Path& path : linked_files_) {
      if (AddIdentity(path, known)) walked_.candidates.push_back(read_(path));
    }
  }

  // A depth that somebody chose leaves out what is deeper on purpose; the one that nobody chose
  // does it unseen.
  void WarnOfTooDeep() {
    if (options_.max_depth != RepoOptions().max_depth) return;
    constexpr std::size_t kMostFolders = 2000;
    for (std::size_t i = 0; i < too_deep_.size() && i < kMostFolders; ++i) {
      if (stop_.stop_requested()) return;
      const auto listing = files_.ListFolderItself(too_deep_[i]);
      if (!listing || IsRepository(listing->entries)) continue;
      for (const FolderEntry& entry : listing->entries) {
        const Path path = JoinPath(too_deep_[i], entry.name);
        if (entry.kind == FileKind::kFolder && !entry.is_link && !IsSkipped(entry.name)) {
          too_deep_.push_back(path);
        }
        if (entry.kind != FileKind::kFile || !LooksLikeSpecFile(entry.name, options_)) continue;
        if (IsIgnored(path, entry.name) || !read_(path).spec) continue;
        walked_.warnings.push_back(fmt::format(
            "{}: left out, and whatever else is more than {} folders deep: general.max_depth sets "
            "the limit",
            path, options_.max_depth));
        return;
      }
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

  const RepoOptions& options_;
  FileSystem& files_;
  const CandidateReader& read_;
  const std::stop_token& stop_;
  std::vector<Pending> folders_;  // of the next depth
  std::deque<Pending> linked_folders_;
  std::vector<Path> linked_files_;
  std::vector<Path> too_deep_;
  std::set<Identity> visited_;
  std::set<Identity> above_;  // the folders that the root is in
  Walked walked_;
};

}  // namespace

Walked WalkFolder(const Path& root, const RepoOptions& options, FileSystem& files,
                  const CandidateReader& read, const std::stop_token& stop) {
  return Walker(options, files, read, stop).Run(root);
}

}  // namespace nmgr::repo
