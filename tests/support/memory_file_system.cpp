#include "support/memory_file_system.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace nmgr::testing {
namespace {

Error NotFound(const Path& path) {
  return Error{ErrorCode::kNotFound, path + ": no such file or directory"};
}

Error Forbidden(const Path& path) { return Error{ErrorCode::kIo, path + ": permission denied"}; }

// What the names of everything in `folder` begin with.
Path PrefixOf(const Path& folder) {
  if (folder == ".") return "";
  return folder.back() == '/' ? folder : folder + "/";
}

bool LiesIn(const Path& path, const Path& folder) {
  const Path prefix = PrefixOf(folder);
  if (prefix.empty()) return !IsAbsolutePath(path);
  return path.size() > prefix.size() && path.compare(0, prefix.size(), prefix) == 0;
}

}  // namespace

MemoryFileSystem::MemoryFileSystem(std::map<Path, std::string> files) {
  for (auto& [path, content] : files) files_[CleanPath(path)] = std::move(content);
}

void MemoryFileSystem::Add(const Path& path, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[CleanPath(path)] = std::move(content);
}

void MemoryFileSystem::AddFolder(const Path& path) {
  const std::lock_guard lock(mutex_);
  folders_.insert(CleanPath(path));
}

void MemoryFileSystem::Remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(CleanPath(path));
  folders_.erase(CleanPath(path));
}

void MemoryFileSystem::AddLink(const Path& path, const Path& target) {
  const std::lock_guard lock(mutex_);
  links_[CleanPath(path)] = CleanPath(target);
}

void MemoryFileSystem::AddOther(const Path& path) {
  const std::lock_guard lock(mutex_);
  others_.insert(CleanPath(path));
}

void MemoryFileSystem::Forbid(const Path& path) {
  const std::lock_guard lock(mutex_);
  forbidden_.insert(CleanPath(path));
}

std::set<Path> MemoryFileSystem::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

Path MemoryFileSystem::Resolve(const Path& path) const {
  Path resolved = CleanPath(path);
  for (int followed = 0; followed < 16; ++followed) {
    const auto link = std::find_if(links_.begin(), links_.end(), [&](const auto& entry) {
      return resolved == entry.first || LiesIn(resolved, entry.first);
    });
    if (link == links_.end()) return resolved;
    resolved = CleanPath(link->second + resolved.substr(link->first.size()));
  }
  return resolved;
}

bool MemoryFileSystem::IsFolder(const Path& path) const {
  if (path == "." || path == "/" || folders_.count(path) != 0) return true;
  const auto holds = [&](const Path& inner) { return LiesIn(inner, path); };
  const auto holds_key = [&](const auto& entry) { return LiesIn(entry.first, path); };
  return std::any_of(files_.begin(), files_.end(), holds_key) ||
         std::any_of(links_.begin(), links_.end(), holds_key) ||
         std::any_of(folders_.begin(), folders_.end(), holds) ||
         std::any_of(others_.begin(), others_.end(), holds);
}

FileKind MemoryFileSystem::KindOf(const Path& resolved) const {
  if (files_.count(resolved) != 0) return FileKind::kFile;
  return IsFolder(resolved) ? FileKind::kFolder : FileKind::kOther;
}

Expected<std::string> MemoryFileSystem::ReadFile(const Path& path, std::uint64_t limit) {
  const std::lock_guard lock(mutex_);
  const Path clean = Resolve(path);
  reads_.insert(clean);
  if (forbidden_.count(clean) != 0) return Forbidden(path);
  if (others_.count(clean) != 0) return Error{ErrorCode::kIo, path + ": not a regular file"};
  const auto found = files_.find(clean);
  if (found == files_.end()) {
    if (IsFolder(clean)) return Error{ErrorCode::kIo, path + ": is a directory"};
    return NotFound(path);
  }
  if (found->second.size() > limit) return Error{ErrorCode::kIo, path + ": too large"};
  return found->second;
}

Expected<FileInfo> MemoryFileSystem::Stat(const Path& path) {
  const std::lock_guard lock(mutex_);
  const Path clean = Resolve(path);
  FileInfo info;
  info.device = 1;
  info.inode = std::hash<std::string>()(clean);
  info.kind = KindOf(clean);
  if (info.kind == FileKind::kFile) info.size = files_.at(clean).size();
  if (info.kind == FileKind::kOther && others_.count(clean) == 0) return NotFound(path);
  return info;
}

Expected<std::vector<FolderEntry>> MemoryFileSystem::ListFolder(const Path& path) {
  const std::lock_guard lock(mutex_);
  const Path clean = Resolve(path);
  if (forbidden_.count(clean) != 0) return Forbidden(path);
  if (!IsFolder(clean)) return NotFound(path);
  std::map<std::string, FolderEntry> entries;
  const std::size_t skip = PrefixOf(clean).size();
  const auto add = [&](const Path& inner, FileKind kind, bool is_link) {
    if (!LiesIn(inner, clean)) return;
    const std::string rest = inner.substr(skip);
    const std::string name = rest.substr(0, rest.find('/'));
    entries[name] = name == rest ? FolderEntry{name, kind, is_link}
                                 : FolderEntry{name, FileKind::kFolder, false};
  };
  for (const auto& entry : files_) add(entry.first, FileKind::kFile, false);
  for (const Path& folder : folders_) add(folder, FileKind::kFolder, false);
  for (const Path& other : others_) add(other, FileKind::kOther, false);
  for (const auto& entry : links_) add(entry.first, KindOf(Resolve(entry.second)), true);
  std::vector<FolderEntry> result;
  for (auto& entry : entries) result.push_back(std::move(entry.second));
  return result;
}

Expected<void> MemoryFileSystem::WriteFileAtomically(const Path& path, std::string_view content) {
  Add(path, std::string(content));
  return {};
}

}  // namespace nmgr::testing
