// The trees that one mirror has checked out, each in FOLDER/COMMIT, and how the next one is made.
//
// Most commits leave most files as they are. So of a tree that was made here before, in the same
// folder, the files that are the same in both commits (name, content, mode) get another name in the
// new one (link(2)), and git writes the others; links and submodules it always writes. That saves
// the inodes rather than the writing: ext4 gives out slowly those that were freed in the last
// minutes. A file with names in several trees may be taken away in each of them; nobody may write
// into one.
//
// All of a tree is written by git, as the first one is, where
//   - a .gitattributes was added, changed or taken away: files with the same content may then be
//     other bytes on the disk;
//   - more names differ than a command line should hold (kMostNamed);
//   - the tree before is not what we left: something in it has changed since, by its ctime, which
//     nobody can set back. So what somebody wrote into it gets into no other commit, unless that
//     was in the very tick of the clock (some milliseconds) in which it was made;
//   - the disk has no such names, or anything else fails on the way.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "git/repository.h"
#include "nmgr/base/file_system.h"
#include "nmgr/git/mirror.h"
#include "nmgr/git/output.h"

namespace nmgr::git {

class Checkouts {
 public:
  // `shown`: the repository in messages. All else must outlive it.
  Checkouts(Repository& repository, FileSystem& files, const Limits& limits, std::string shown);

  // What was made here and not taken away since; null where that is nothing.
  const Checkout* Find(const std::string& commit, const Path& folder) const;
  // Of a commit that is in the repository. Errors as Mirror::CheckOut.
  Expected<Checkout> Make(const std::string& commit, const Path& folder,
                          const std::stop_token& stop);
  // As Mirror::RemoveOthers.
  Expected<void> RemoveOthers(const Path& folder, const std::vector<std::string>& commits);

 private:
  // The tree that was made last in a folder, and when we last did something in that folder, by the
  // clock of its file system: nothing in the tree has changed later.
  struct Latest {
    std::string commit;
    EntryInfo::Time touched;
  };
  static constexpr std::size_t kMostNamed = 64U << 10U;  // bytes of names

  Expected<SizedTree> List(const std::string& commit, const std::stop_token& stop);
  Expected<void> Write(const std::string& commit, const Path& top, const std::stop_token& stop);
  Expected<void> WriteOver(const Path& folder, const Latest& before, const std::string& commit,
                           const SizedTree& tree, const Path& top, const std::stop_token& stop);
  Expected<Names> NamesToWrite(const std::string& before, const std::string& commit,
                               const SizedTree& tree, const std::stop_token& stop);
  Expected<void> PlaceLinks(const SizedTree& tree, const Path& top,
                            std::vector<std::string>& left_out);
  std::vector<std::string> Variables(const Path& top) const;
  void NoteLatest(const std::string& commit, const Path& folder);

  Repository& repository_;
  FileSystem& files_;
  const Limits limits_;
  const std::string shown_;
  std::map<Path, Checkout> made_;
  std::map<Path, Latest> latest_;
};

}  // namespace nmgr::git
