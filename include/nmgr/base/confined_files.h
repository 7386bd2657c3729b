// The disk as a repository that nobody trusts may see it: its own tree, a folder that supplies what
// git does not hold, and what its owner allows besides. Nothing else is read, whatever path or link
// leads there, and nothing is written.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr {

// All functions may be called from several threads at once.
class ConfinedFiles : public FileSystem {
 public:
  struct Limits {
    Path root;                  // absolute
    Path overlay;               // absolute; stands in for what is not below `root`, at the same
                                // relative paths; "": none
    std::vector<Path> allowed;  // absolute: files, or folders with all that is below them
  };

  // `files` must outlive it. Links are resolved once for the limits, and at every question.
  ConfinedFiles(FileSystem& files, const Limits& limits);

  // kIo, which says so, for what is outside.
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<EntryInfo> StatEntry(const Path& path) override;
  // Entries of both folders, each name once.
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<Listing> ListFolderItself(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

  // Whether something that was asked about beside `root` has been written, or came or went, since
  // it was asked about first: an answer may be another one now.
  bool HasMovedOutside() const;

 private:
  // Of a real path, before it is asked about.
  void Note(const Path& real);
  // Where it really lies, if that may be read.
  Expected<Path> Allow(const Path& path) const;
  // The same place in the overlay; "" where there is none.
  Path InOverlay(const Path& path) const;
  // `ask` of the path, or where nothing is there of the one in the overlay.
  template <class Ask>
  auto AskEither(const Path& path, Ask ask) -> decltype(ask(path));

  FileSystem& files_;
  const Path root_;         // as it was given
  const Path overlay_;      // likewise
  std::vector<Path> real_;  // what may be read, without links; first the root
  mutable std::mutex mutex_;
  std::map<Path, std::optional<EntryInfo>> outside_;  // as it lay there; nothing: it did not
};

}  // namespace nmgr
