// What every action with targets does first: open the repository, resolve the targets, tell the
// user what is wrong with them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/selection.h"

namespace nmgr::actions {

// What parsing and evaluating specs may use. A --var that one spec does not declare is no error of
// that spec (SelectTargets has compared it with all).
jobspec::SpecContext SpecContextOf(Env& env);
// The same for specs below another folder than the base directory.
jobspec::SpecContext SpecContextOf(Env& env, const Path& base);

// The repository of the settings, its base directory walked. Nothing if it is not there: that has
// been reported, and `exit_code` says how the run ends (64, 66 or 78 by where the base directory
// came from).
std::optional<repo::Repo> OpenRepo(Env& env, ExitCode& exit_code);

// Whether variables that no spec declares are told of.
enum class VariableCheck { kOn, kOff };

// What reading the repository may touch.
repo::RepoAccess AccessOf(Env& env);

struct SelectOptions {
  std::vector<std::string> otherwise = {};    // the targets where none is given
  std::optional<repo::Repo>* repo = nullptr;  // gets the repository, if it was walked
  // Names in [order] that are no job's are told of, if it was walked.
  bool heeds_order = false;
};

// The jobs that settings.targets name, less those excluded. Reports notices, warnings and faults of
// named paths. Nothing when the run must end before anything is touched: no target (64), an unknown
// one (66), no base directory, a variable file that cannot be read or parsed (64, 78 if it came
// from the config file), a --var that no spec of the repository declares (64). Otherwise
// `exit_code` is kDone, or `invalid_code` if a named path holds no readable spec (the others go
// on).
//
// The selection may hold faulty specs (spec->faulty) and duplicates: what becomes of them is for
// the action to say.
//
// `allow_orphans`: job:ID may name a job that no spec describes (SelectedJob::IsOrphan), and is
// then asked of Nomad: kNotFound (66) where that has none.
std::optional<repo::Selection> SelectTargets(Env& env, ExitCode& exit_code,
                                             ExitCode invalid_code = kFailed,
                                             VariableCheck check = VariableCheck::kOn,
                                             bool allow_orphans = false,
                                             const SelectOptions& options = {});

// A job can be in no namespace called "*": Nomad would say "job not found" of every one. kUsage
// where one of `jobs` has none of its own and the run is set to that.
std::optional<Error> RefuseAllNamespaces(const Env& env,
                                         const std::vector<repo::SelectedJob>& jobs);

using repo::EvaluatedSpec;

// Evaluates in parallel, as the last reader; results in the order of `specs`, which must outlive
// them. Reports nothing. After a stop request the rest is left unevaluated: the caller has to look
// at env.stop.
std::vector<EvaluatedSpec> Evaluate(Env& env, const std::vector<const repo::SpecFile*>& specs);

// The images of a spec, also of one that does not evaluate as a whole. `known` becomes false where
// one hangs on what has no value, or where the text does not parse and nobody knows any.
std::vector<jobspec::Image> ImagesOf(Env& env, const EvaluatedSpec& evaluated, bool& known);
std::vector<jobspec::Image> ImagesOf(Env& env, const repo::SpecFile& broken, bool& known);

// Every spec of the selection, duplicates included; or of each job the first one only.
std::vector<const repo::SpecFile*> AllSpecs(const repo::Selection& selection);
// "web: 2 specs have this ID: a/web.hcl, b/web.hcl"; "" for a job without duplicates.
std::string DuplicatesText(const repo::SelectedJob& job);

}  // namespace nmgr::actions
