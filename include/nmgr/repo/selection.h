// The ordered selection of jobs that the targets of a command line come to (target.h).
//
// A word that is no target ends the run before anything is touched; a filter that selects nothing
// does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/filter/condition.h"
#include "nmgr/repo/live_jobs.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

struct TargetRequest {
  std::vector<std::string> targets = {};   // joined
  std::vector<std::string> excluded = {};  // taken away
  std::vector<FilterSpec> filters = {};    // configured ones; the built-in four come after them
  bool include_infra = false;              // filters do not leave infra jobs out
  bool allow_orphans = false;              // job:ID may name a job without a spec
  std::vector<std::string> narrowed = {};  // each has to take what is to stay
  LiveJobs* live = nullptr;                // null: no target may ask Nomad
  bool reasons = false;                    // Selection::taken is wanted
};

// A word that took a job, and why.
struct Taken {
  std::string word;
  bool narrows = false;  // --and
  Reason reason;
};

// One selected job. `duplicates` are further specs of the selection with the same ID, namespace and
// region, by path: `down` may go on, `up` and `reconcile` must not choose between them.
struct SelectedJob {
  const SpecFile* spec = nullptr;  // owned by the Selection
  std::string name;  // what it is shown as: its ID, or namespace/ID where the ID stands in several
  bool infra = false;
  std::vector<const SpecFile*> duplicates;

  const std::string& id() const { return spec->id(); }
  // Named as job:ID and described by no spec: `spec` holds its ID and nothing else.
  bool IsOrphan() const { return spec->path().empty(); }
};

// Infra jobs first in configured order, then the others by ID (ties by namespace, region, path).
// Owns the specs it points to; copies share them.
struct Selection {
  std::vector<SelectedJob> jobs;
  // Paths that were named and hold no spec that could be read: each is an error, the others go on.
  std::vector<Error> failures;
  // Those of them that are texts: called like a spec, or with a job header that cannot be read.
  // Only of the latter may lines be shown (FindLostHeader).
  std::vector<SpecPtr> jobless;
  std::vector<std::string>
      unreadable;  // what could not be read or listed: an error for verbs that act
  // "nas selects no job"; why a filter took what its text does not show; infra jobs left out.
  std::vector<std::string> notices;
  std::vector<std::string> warnings;      // what is broken or no spec outside of the selection
  std::vector<SpecPtr> specs;             // what `jobs` points to
  std::vector<std::string> names;         // what they are shown as (SelectedJob::name)
  std::vector<std::vector<Taken>> taken;  // what took them: for each of `specs`, where wanted
};

// A job without a spec, as SelectedJob::spec has it.
SpecPtr OrphanSpec(std::string id, std::string name_space = {}, std::string region = {});

// What a request needs of the base directory. kNames: every target and exclusion is a path that
// leads to specs, of which one may have an ID that stands in another namespace too, and is then
// shown with its own. kHelpful: the jobs below the base directory may say what a path means that is
// no spec (a file they read) or leads nowhere (namespace/ID); and job:namespace/ID may be in Nomad
// alone.
enum class BaseDirNeed { kNames, kHelpful, kRequired };
BaseDirNeed NeedOfBaseDir(const TargetRequest& request, const RepoOptions& options,
                          FileSystem& files);

// kNotFound for words that are no filter, job or path, with the nearest names as hint; for a folder
// without specs; and for a revision that git does not know. kUsage for a wrong pattern. What Nomad
// was asked for a target and could not say is an error of any kind.
Expected<Selection> Select(const Repo& repo, const TargetRequest& request);

// `specs` as a selection: ordered, duplicates told. IDs that stand in several namespaces of `specs`
// and `known` together are shown with theirs.
Selection MakeSelection(std::vector<SpecPtr> specs, const RepoOptions& options,
                        const std::vector<SpecPtr>& known = {});

// Position among options.infra_jobs, or nothing.
std::optional<std::size_t> InfraPosition(const std::string& id, const RepoOptions& options);

}  // namespace nmgr::repo
