// The disk, as far as nmgr uses it. An interface, so that tests run on a memory tree and can see
// what was read (tests/support/memory_file_system.h); the real one is RealFileSystem().
//
// All functions may be called from several threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

enum class FileKind { kFile, kFolder, kOther };

struct FileInfo {
  FileKind kind = FileKind::kOther;
  std::uint64_t size = 0;    // bytes
  std::uint64_t device = 0;  // with inode: identity, to follow a linked folder once
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;   // permissions, as in chmod; 0 where a file system has none
  std::uint32_t owner = 0;  // user ID
};

struct FolderEntry {
  std::string name;
  FileKind kind = FileKind::kOther;  // of what a link points to
  bool is_link = false;
};

// What stands at a path itself, links not followed, with the times that tell an untouched file.
struct EntryInfo {
  struct Time {
    std::int64_t seconds = 0;  // since 1970
    std::int64_t nanoseconds = 0;
    friend bool operator==(const Time&, const Time&) = default;
  };
  FileKind kind = FileKind::kOther;
  bool is_link = false;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  Time modified;  // its content
  Time changed;   // its content, mode, owner or name
  friend bool operator==(const EntryInfo&, const EntryInfo&) = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Whole content. kIo or kNotFound; a file above `limit` bytes is kIo and is not read.
  virtual Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) = 0;

  // Follows links. kNotFound if nothing is there.
  virtual Expected<FileInfo> Stat(const Path& path) = 0;

  // The entry itself and, of a link, the text it holds; kIo where a file system has neither.
  virtual Expected<EntryInfo> StatEntry(const Path& path);
  virtual Expected<std::string> ReadLink(const Path& path);

  // Entries sorted by name, without "." and "..". A dangling link is kOther.
  virtual Expected<std::vector<FolderEntry>> ListFolder(const Path& path) = 0;

  // The folder itself with its entries, as one look at it gives both.
  struct Listing {
    FileInfo folder;
    std::vector<FolderEntry> entries;
  };
  virtual Expected<Listing> ListFolderItself(const Path& path);

  // Writes a new file beside `path` and renames it, so that a reader sees the old or the new
  // content and never a part. Creates missing folders (mode 0700); the file gets mode 0600.
  virtual Expected<void> WriteFileAtomically(const Path& path, std::string_view content) = 0;

  // Replaces the content of the file that `path` leads to (links are followed and stay), if it
  // still holds `before`. Else kConflict; kIo where nobody may write to it, also where only root
  // could. Then nothing has been written. It stays what it is to others: owner, group, mode, access
  // lists and other extended attributes, all its names.
  //
  // As a rule in one step (a new file is renamed to it): whoever reads, and a crash at any time,
  // finds the old text or the new one. Where the file has several names (hard links), or a new one
  // could not get its owner or attributes, it is written in place: a reader may then see a part for
  // a moment. The new text is on the disk beside it (PATH.XXXXXX) before, and a crash in between
  // leaves it there whole; where writing fails, the old text is put back.
  virtual Expected<void> ReplaceFile(const Path& path, std::string_view before,
                                     std::string_view content);
};

// Largest spec, variable file or side file that nmgr reads (bytes); Nomad itself refuses jobs long
// before.
inline constexpr std::uint64_t kMaxFileSize = 16U << 20U;

FileSystem& RealFileSystem();

// The process's working folder.
Path CurrentFolder();

// `path` without links; as it is, cleaned, where it leads nowhere.
Path RealPath(const Path& path);

}  // namespace nmgr
