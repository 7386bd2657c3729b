// Targets: the words a user types, and the ordered selection of jobs they come to.
//
//   infra services all        db nas jfs crypt and [filter.NAME]        JOB-ID   immich*   job:NAME
//   ./folder/   some/spec.hcl        changed:REV
//
// Looked up in the order of cli.md. A word that is none of them ends the run before anything is
// touched; a filter that selects nothing does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

struct TargetRequest {
  std::vector<std::string> targets;   // joined
  std::vector<std::string> excluded;  // taken away
  std::vector<FilterSpec> filters;    // configured ones; the built-in four come after them
};

// One selected job. `duplicates` are further specs of the selection with the same ID, namespace and
// region, by path: `down` may go on, `up` and `reconcile` must not choose between them.
struct SelectedJob {
  const SpecFile* spec = nullptr;  // owned by the Selection
  bool infra = false;
  std::vector<const SpecFile*> duplicates;

  const std::string& id() const { return spec->id(); }
};

// Infra jobs first in configured order, then the others by ID (ties by namespace, region, path).
// Owns the specs it points to; copies share them.
struct Selection {
  std::vector<SelectedJob> jobs;
  // Paths that were named and hold no spec that could be read: each is an error, the others go on.
  std::vector<Error> failures;
  std::vector<SpecPtr> jobless;       // those of them that are texts without a job block
  std::vector<std::string> notices;   // "nas selects no job"
  std::vector<std::string> warnings;  // unreadable files, faulty specs outside of the selection
  std::vector<SpecPtr> specs;         // what `jobs` points to
};

// False where every target and exclusion is a path, so that no base directory is needed.
bool NeedsBaseDir(const TargetRequest& request, const RepoOptions& options);

// kNotFound for words that are no filter, job or path, with the nearest names as hint; for a folder
// without specs; and for a revision that git does not know.
Expected<Selection> Select(const Repo& repo, const TargetRequest& request);

// `specs` as a selection: ordered, duplicates told.
Selection MakeSelection(std::vector<SpecPtr> specs, const RepoOptions& options);

// Position among options.infra_jobs, or nothing.
std::optional<std::size_t> InfraPosition(const std::string& id, const RepoOptions& options);

}  // namespace nmgr::repo
