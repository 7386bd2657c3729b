#include "actions/noted_files.h"

#include <algorithm>
#include <utility>

namespace nmgr::actions {
namespace {

std::optional<EntryInfo> EntryAt(FileSystem& files, const Path& path) {
  auto info = files.StatEntry(path);
  return info ? std::optional(*std::move(info)) : std::nullopt;
}

bool IsSameEntry(const std::optional<EntryInfo>& a, const std::optional<EntryInfo>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->kind == b->kind && a->size == b->size && a->inode == b->inode &&
         a->modified == b->modified && a->changed == b->changed;
}

}  // namespace

void NotedFiles::Forget() {
  const std::lock_guard lock(mutex_);
  noted_.clear();
  told_ = false;
}

bool NotedFiles::HaveChanged() {
  const std::lock_guard lock(mutex_);
  if (told_) return false;
  told_ = std::any_of(noted_.begin(), noted_.end(), [this](const auto& entry) {
    return !IsSameEntry(EntryAt(files_, entry.first), entry.second);
  });
  return told_;
}

void NotedFiles::Note(const Path& path) {
  const bool left_out = std::any_of(left_out_.begin(), left_out_.end(), [&](const Path& folder) {
    return !folder.empty() && RelativeTo(path, folder) != path;
  });
  if (left_out) return;
  const std::optional<EntryInfo> entry = EntryAt(files_, path);
  const bool is_link = entry && entry->is_link;
  const Path target = is_link ? RealPath(path) : path;
  const std::optional<EntryInfo> behind = is_link ? EntryAt(files_, target) : entry;
  const std::lock_guard lock(mutex_);
  noted_.try_emplace(path, entry);
  noted_.try_emplace(target, behind);
}

Expected<std::string> NotedFiles::ReadFile(const Path& path, std::uint64_t limit) {
  Note(path);
  return files_.ReadFile(path, limit);
}

Expected<FileInfo> NotedFiles::Stat(const Path& path) {
  Note(path);
  return files_.Stat(path);
}

Expected<EntryInfo> NotedFiles::StatEntry(const Path& path) {
  Note(path);
  return files_.StatEntry(path);
}

Expected<std::string> NotedFiles::ReadLink(const Path& path) {
  Note(path);
  return files_.ReadLink(path);
}

Expected<std::vector<FolderEntry>> NotedFiles::ListFolder(const Path& path) {
  Note(path);
  return files_.ListFolder(path);
}

Expected<FileSystem::Listing> NotedFiles::ListFolderItself(const Path& path) {
  Note(path);
  return files_.ListFolderItself(path);
}

Expected<void> NotedFiles::WriteFileAtomically(const Path& path, std::string_view content) {
  return files_.WriteFileAtomically(path, content);
}

Expected<void> NotedFiles::ReplaceFile(const Path& path, std::string_view before,
                                       std::string_view content) {
  return files_.ReplaceFile(path, before, content);
}

}  // namespace nmgr::actions
