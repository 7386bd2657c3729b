#include "nmgr/base/confined_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nmgr {
namespace {

bool IsBelow(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// Without links, also where only its parents are there.
Path RealAsFarAsItGoes(const Path& path, FileSystem& files) {
  const Path clean = CleanPath(path);
  if (files.Stat(clean)) return RealPath(clean);
  const Path parent = DirName(clean);
  if (parent == clean) return clean;
  return JoinPath(RealAsFarAsItGoes(parent, files), BaseName(clean));
}

std::optional<EntryInfo> EntryAt(const Path& path, FileSystem& files) {
  auto entry = files.StatEntry(path);
  return entry ? std::optional(*entry) : std::nullopt;
}

Error Outside(const Path& path) {
  return Error{ErrorCode::kIo,
               fmt::format("{}: outside of the repository, so its specs may not read it", path),
               "`overlay` and `allow_paths` of the source say what they may read besides"};
}

}  // namespace

ConfinedFiles::ConfinedFiles(FileSystem& files, const Limits& limits)
    : files_(files),
      root_(CleanPath(limits.root)),
      overlay_(limits.overlay.empty() ? Path() : CleanPath(limits.overlay)) {
  real_.push_back(RealPath(root_));
  if (!overlay_.empty()) real_.push_back(RealPath(overlay_));
  for (const Path& path : limits.allowed) real_.push_back(RealPath(path));
}

Expected<Path> ConfinedFiles::Allow(const Path& path) const {
  Path real = RealAsFarAsItGoes(path, files_);
  const bool allowed = std::any_of(real_.begin(), real_.end(),
                                   [&](const Path& folder) { return IsBelow(real, folder); });
  if (!allowed) return Outside(path);
  return real;
}

void ConfinedFiles::Note(const Path& real) {
  if (IsBelow(real, real_.front())) return;
  const std::lock_guard lock(mutex_);
  if (!outside_.contains(real)) outside_.emplace(real, EntryAt(real, files_));
}

bool ConfinedFiles::HasMovedOutside() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(outside_.begin(), outside_.end(),
                     [&](const auto& row) { return EntryAt(row.first, files_) != row.second; });
}

Path ConfinedFiles::InOverlay(const Path& path) const {
  const Path clean = CleanPath(path);
  if (overlay_.empty() || !IsBelow(clean, root_)) return {};
  return CleanPath(overlay_ + clean.substr(root_.size()));
}

template <class Ask>
auto ConfinedFiles::AskEither(const Path& path, Ask ask) -> decltype(ask(path)) {
  TRY_ASSIGN(const Path real, Allow(path));
  Note(real);
  auto answer = ask(real);
  if (answer || answer.error().code != ErrorCode::kNotFound) return answer;
  const Path other = InOverlay(path);
  if (other.empty()) return answer;
  TRY_ASSIGN(const Path real_other, Allow(other));
  Note(real_other);
  auto second = ask(real_other);
  return second || second.error().code != ErrorCode::kNotFound ? second : answer;
}

Expected<std::string> ConfinedFiles::ReadFile(const Path& path, std::uint64_t limit) {
  return AskEither(path, [&](const Path& real) { return files_.ReadFile(real, limit); });
}

Expected<FileInfo> ConfinedFiles::Stat(const Path& path) {
  return AskEither(path, [&](const Path& real) { return files_.Stat(real); });
}

Expected<EntryInfo> ConfinedFiles::StatEntry(const Path& path) {
  return AskEither(path, [&](const Path& real) { return files_.StatEntry(real); });
}

Expected<std::vector<FolderEntry>> ConfinedFiles::ListFolder(const Path& path) {
  TRY_ASSIGN(const Path real, Allow(path));
  Note(real);
  auto entries = files_.ListFolder(real);
  const Path other = InOverlay(path);
  if (other.empty() || (!entries && entries.error().code != ErrorCode::kNotFound)) return entries;
  TRY_ASSIGN(const Path real_other, Allow(other));
  Note(real_other);
  auto more = files_.ListFolder(real_other);
  if (!more) return entries;
  if (!entries) return more;
  const auto by_name = [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; };
  for (FolderEntry& entry : *more) {
    if (!std::binary_search(entries->begin(), entries->end(), entry, by_name)) {
      entries->insert(std::upper_bound(entries->begin(), entries->end(), entry, by_name),
                      std::move(entry));
    }
  }
  return entries;
}

Expected<FileSystem::Listing> ConfinedFiles::ListFolderItself(const Path& path) {
  TRY_ASSIGN(const FileInfo folder, Stat(path));
  TRY_ASSIGN(std::vector<FolderEntry> entries, ListFolder(path));
  return Listing{folder, std::move(entries)};
}

Expected<void> ConfinedFiles::WriteFileAtomically(const Path& path, std::string_view) {
  return Error{ErrorCode::kIo, path + ": nothing is written for a repository"};
}

}  // namespace nmgr
