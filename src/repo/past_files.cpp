#include "repo/past_files.h"

#include <algorithm>

namespace nmgr::repo {

std::optional<PastFiles::Place> PastFiles::PlaceOf(const Path& path) const {
  Path at = CleanPath(path);
  std::string rest;
  while (true) {
    if (const Expected<FileInfo> info = files_.Stat(at)) {
      if (info->kind != FileKind::kFolder && !rest.empty()) return std::nullopt;
      return Place{{info->device, info->inode}, std::move(rest)};
    }
    if (at == "." || at == "/" || BaseName(at) == "..") return std::nullopt;
    rest = rest.empty() ? BaseName(at) : BaseName(at) + "/" + rest;
    at = DirName(at);
  }
}

void PastFiles::Add(const Path& gone) {
  const std::optional<Place> place = PlaceOf(gone);
  if (place && !place->rest.empty()) gone_[place->folder].insert(place->rest);
}

void PastFiles::Add(const PastFiles& other) {
  for (const auto& [folder, names] : other.gone_) gone_[folder].insert(names.begin(), names.end());
}

bool PastFiles::Holds(const Path& path) const {
  if (gone_.empty()) return false;
  const std::optional<Place> place = PlaceOf(path);
  if (!place) return false;
  const auto found = gone_.find(place->folder);
  return found != gone_.end() && found->second.contains(place->rest);
}

std::map<std::string, FileKind> PastFiles::ChildrenOf(const Place& place) const {
  std::map<std::string, FileKind> children;
  const auto found = gone_.find(place.folder);
  if (found == gone_.end()) return children;
  const std::string prefix = place.rest.empty() ? std::string() : place.rest + "/";
  for (const std::string& gone : found->second) {
    if (!gone.starts_with(prefix)) continue;
    const std::size_t slash = gone.find('/', prefix.size());
    children.emplace(gone.substr(prefix.size(), slash - prefix.size()),
                     slash == gone.npos ? FileKind::kFile : FileKind::kFolder);
  }
  return children;
}

Expected<std::string> PastFiles::ReadFile(const Path& path, std::uint64_t limit) {
  Expected<std::string> now = files_.ReadFile(path, limit);
  return now || !Holds(path) ? std::move(now) : Expected<std::string>(std::string());
}

Expected<FileInfo> PastFiles::Stat(const Path& path) {
  Expected<FileInfo> now = files_.Stat(path);
  if (now || gone_.empty()) return now;
  const std::optional<Place> place = PlaceOf(path);
  if (!place) return now;
  if (Holds(path)) return FileInfo{FileKind::kFile, 0, 0, 0};
  if (!ChildrenOf(*place).empty()) return FileInfo{FileKind::kFolder, 0, 0, 0};
  return now;
}

Expected<std::vector<FolderEntry>> PastFiles::ListFolder(const Path& path) {
  Expected<std::vector<FolderEntry>> now = files_.ListFolder(path);
  const std::optional<Place> place = gone_.empty() ? std::nullopt : PlaceOf(path);
  if (!place) return now;
  const std::map<std::string, FileKind> children = ChildrenOf(*place);
  if (children.empty()) return now;
  std::vector<FolderEntry> entries = now ? *std::move(now) : std::vector<FolderEntry>();
  for (const auto& [name, kind] : children) entries.push_back({name, kind, false});
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

Expected<void> PastFiles::WriteFileAtomically(const Path& path, std::string_view) {
  return Error{ErrorCode::kIo, path + ": the past cannot be written"};
}

}  // namespace nmgr::repo
