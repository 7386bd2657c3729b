// The repository: which specs there are below the base directory.
//
// Discovery takes a file for a spec when it has a top-level `job` block. It reads every candidate
// once; the text stays in memory for the content filters and for evaluation. What it must not do is
// lose a job: a file that has a job block and does not parse is kept as a faulty spec with the ID
// of its header; a file with a job header that cannot be read (a template of another tool, no
// label), a job in the API's JSON form, and a file or folder that cannot be read are told.
// Everything else (volumes, policies, agent configuration, empty and binary files) is passed over
// in silence.
//
// The order of everything is by path and never depends on the file system or on the number of
// threads.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/process.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::repo {

struct RepoOptions {
  Path base_dir;
  std::vector<std::string> ignore_dirs;  // names of folders, not entered
  std::vector<std::string> infra_jobs;   // job IDs in their order
  std::vector<std::string>
      job_configs;  // globs of neighbour config files; '*' matches a leading dot
  std::vector<std::string> spec_globs;  // beside *.hcl, *.nomad, *.nomad.hcl
  // Globs of files that are no specs whatever they hold: of names, or with a '/' of paths below the
  // base directory.
  std::vector<std::string> ignore_files;
  int max_depth = 8;        // folders below the base directory, or below a named folder
  std::size_t threads = 0;  // 0: one per core
  // What a spec without a namespace or region goes to; for telling duplicates.
  std::string default_namespace = "default";
  std::string default_region = "global";
};

// What reading a repository may touch. Not owned.
struct RepoAccess {
  FileSystem* files = nullptr;
  Processes* processes = nullptr;  // git, for changed:REV only
  jobspec::SpecContext spec;       // for IDs and namespaces that are expressions
  std::stop_token stop = {};       // ends a walk, a reading, git: what was found is then a part
};

// Keeps the evaluation of one spec (evaluated.h).
struct EvaluationMemo;
std::shared_ptr<EvaluationMemo> MakeEvaluationMemo();

// A file with a job block. Its path is the base directory as it was given, or the path as it was
// typed, and what lies below: the form in which messages and results show it.
struct SpecFile {
  jobspec::ParsedSpec parsed;
  hcl::Diagnostics diagnostics;  // of parsing and of the header; warnings too
  bool faulty = false;  // they hold an error: the header may be wrong, nothing may be started
  std::shared_ptr<EvaluationMemo> evaluation = MakeEvaluationMemo();  // copies share it

  const std::string& id() const { return parsed.header.id; }
  const Path& path() const { return parsed.path; }
  std::string_view text() const {
    return parsed.source ? parsed.source->text() : std::string_view();
  }
};

using SpecPtr = std::shared_ptr<const SpecFile>;

// The namespace and the region that the spec goes to.
const std::string& NamespaceOf(const SpecFile& spec, const RepoOptions& options);
const std::string& RegionOf(const SpecFile& spec, const RepoOptions& options);

// What a job is known by in Nomad: ID, namespace, region. Refers to both.
using JobIdentity = std::tuple<const std::string&, const std::string&, const std::string&>;
JobIdentity IdentityOf(const SpecFile& spec, const RepoOptions& options);

// A file beside a spec, with its text.
struct ConfigFile {
  Path path;
  std::string text;
};

// A file that looks like a job's and gives no spec, for a warning.
struct NoSpec {
  Path path;
  std::size_t line = 0;  // 0: the file as a whole
  std::string why;       // "a template of another tool, by its `{{`"
};

// What was found below one folder, sorted by path.
struct Found {
  std::vector<SpecPtr> specs;
  std::vector<NoSpec> no_specs;
  // Files and folders that could not be read or listed. A spec may hide there: for a verb that acts
  // an error, else a warning.
  std::vector<std::string> unreadable;
  std::vector<std::string> warnings;  // links that are not followed or lead nowhere
  bool root_unreadable = false;       // the folder itself is among the unreadable
};

// True for names that discovery would read: *.hcl, *.nomad, *.nomad.hcl and `spec_globs`.
bool LooksLikeSpecFile(std::string_view name, const RepoOptions& options);

// Every spec below `folder`. Hidden and ignored folders and nested git repositories are not entered
// (`folder` itself always is); linked folders are followed once, by device and inode, a real one
// before a link to it; not one that `folder` itself is in, which is warned of.
Found FindSpecs(const Path& folder, const RepoOptions& options, const RepoAccess& access);

// One named file, whatever it is called: kIo or kNotFound if it cannot be read, kInvalid if it is
// empty, binary or a job in the API's JSON form. A text without a job block comes as a faulty spec
// without an ID, parsed.has_job false, whose diagnostics tell what Nomad would have against it.
// They must not be shown with their lines unless it has a job header: who knows what file that is.
Expected<SpecPtr> ReadSpec(const Path& path, const RepoAccess& access);

// The job header of a text without a job that could be read, or nothing.
std::optional<NoSpec> FindLostHeader(const SpecFile& spec);

// The repository as found. Cheap to copy; immutable.
struct Repo {
  RepoOptions options;
  RepoAccess access;
  bool opened = false;  // the base directory has been walked
  // Walked only for the names of its jobs: of what else it holds nothing is told.
  bool background = false;
  Found found = {};
};

// Walks the base directory. kNotFound if it is not there or is no folder.
Expected<Repo> OpenRepo(RepoOptions options, RepoAccess access);

// A repository of which nothing is known: enough for targets that are paths.
Repo UnopenedRepo(RepoOptions options, RepoAccess access);

// Paths of the config files beside `spec`: regular files of its own folder that match job_configs,
// sorted.
std::vector<Path> NeighbourConfigs(const Repo& repo, const SpecFile& spec);

// The same with their texts; a file that cannot be read is left out and named in `warnings`.
std::vector<ConfigFile> ReadNeighbourConfigs(const Repo& repo, const SpecFile& spec,
                                             std::vector<std::string>& warnings);

}  // namespace nmgr::repo
