// The specs of one commit of a source, as they were checked out: read through files that show a
// repository nothing but itself, selected, and not yet evaluated.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/confined_files.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/process.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/repo/selection.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/source.h"

namespace nmgr::sync {

// A commit on the disk.
struct Checkout {
  std::string commit;   // whole
  Path folder;          // its tree, and nothing else
  std::string subject;  // hostile bytes escaped
  std::string author;
  bool forced = false;                // it does not descend from the commit before it
  bool first = false;                 // which one that was is not known
  std::vector<std::string> left_out;  // what of the commit is not in it, with the reason
};

// What has become of the files of an earlier commit. Paths from the top of the repository.
struct FilesSince {
  bool follows = false;  // the commit comes after the earlier one; else nothing below is known
  std::set<std::string> deleted;
  std::map<std::string, std::string> moved;  // of these: where much the same text came to stand
};

// Where the commits of one source come from.
class Trees {
 public:
  virtual ~Trees() = default;
  // What its ref names now, without bringing it.
  virtual Expected<std::string> RemoteCommit(const std::stop_token& stop) = 0;
  // That commit, checked out.
  virtual Expected<Checkout> Fetch(const std::stop_token& stop) = 0;
  // The last one that could be fetched, which stays in force where that fails now; nothing: none is
  // on this disk.
  virtual std::optional<Checkout> LastGood() = 0;
  // An earlier commit, whose name may be cut, also one that no branch leads to any more; to be read
  // at once: the next call of any function may take it away.
  virtual Expected<Checkout> Earlier(const std::string& earlier, const std::string& commit,
                                     const std::stop_token& stop) = 0;
  // Between `earlier`, whose name may be cut, and `commit`. May fetch history.
  virtual Expected<FilesSince> Since(const std::string& earlier, const std::string& commit,
                                     const std::stop_token& stop) = 0;
};

struct TreeOptions {
  repo::RepoOptions repo;  // all but base_dir and what the source says itself
  Path file_root = "spec";
  Redactor* secrets = nullptr;
  std::stop_token stop;
};

// Owns what its selection points to and what the evaluation of its specs reads.
struct Tree {
  Checkout checkout;
  std::unique_ptr<ConfinedFiles> walked;    // the checkout alone: what a spec is
  std::unique_ptr<ConfinedFiles> readable;  // with overlay and allowed paths: what a spec may read
  jobspec::VariableInput variables;
  std::unique_ptr<jobspec::VariableFiles> variable_files;
  jobspec::SpecContext context;
  repo::RepoOptions repo;
  repo::Selection selection;
  // Files that may hide a job: unreadable, or with a job block and without an ID. As long as there
  // are some, nothing of this source is pruned.
  std::vector<std::string> unclear;
  std::vector<std::string> warnings;
  // Of jobs whose spec has a value that git does not have (PutMeta): git's own, and the other one.
  std::map<JobKey, const repo::SpecFile*> of_git;
  std::map<JobKey, repo::SpecPtr> put_in;

  // Jobs, by ID, of specs in the commit that this source does not look at (another folder, an
  // ignored one, what it excludes), with one file of each. Looked for when first asked.
  const std::map<std::string, Path>& Strays() const;
  mutable std::optional<std::map<std::string, Path>> strays = {};

  // A path, or a text that holds some, from the top of the repository.
  std::string Shown(const std::string& text) const;

  // Whether a file that its specs read beside the checkout (a var file, the overlay, allowed paths)
  // has been written, or came or went, since: the same commit comes to something else then.
  bool HasMoved() const { return readable->HasMovedOutside(); }
};

// kNotFound where `path` of the source is not in the commit.
Expected<std::unique_ptr<Tree>> ReadTree(Checkout checkout, const Source& source,
                                         const TreeOptions& options, FileSystem& files,
                                         Processes& processes);

// The job that a spec is about; its namespace is that of the connection where it names none.
JobKey KeyOf(const repo::SpecFile& spec, const repo::RepoOptions& options);
JobKey KeyOf(const nomad::JobRef& ref, const repo::RepoOptions& options);

}  // namespace nmgr::sync
