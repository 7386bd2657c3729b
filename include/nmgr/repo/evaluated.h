// The evaluation of a spec, made at most once a run. Content filters, changed:REV and the actions
// ask for it one after the other; whoever is first pays, the others share. It stays with its
// SpecFile until the last reader takes it away or it is forgotten, so that a large repository does
// not keep the bodies of what nobody selected.
//
// Every function may be called from several threads at once; two that ask for the same spec wait
// for one evaluation. All callers of a run pass the same context.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

// A spec with its whole evaluation. `diagnostics` are those of parsing and of evaluation; a header
// that cannot be evaluated, which both report, is told once. Where they hold an error there is no
// `spec`: nothing of it may be used.
struct EvaluatedSpec {
  const SpecFile* file = nullptr;
  std::optional<jobspec::JobSpec> spec;
  hcl::Diagnostics diagnostics;
};

using EvaluatedPtr = std::shared_ptr<const EvaluatedSpec>;

// Evaluates unless that has been done. `file` must outlive the result.
EvaluatedPtr Evaluated(const SpecFile& file, const jobspec::SpecContext& context);

// The same for the last reader: the memo lets go of it.
EvaluatedSpec TakeEvaluated(const SpecFile& file, const jobspec::SpecContext& context);

// "web.hcl:3:5", the place of the first error; `path` where that has none. What stands behind "does
// not evaluate", the one phrase for a spec that cannot be used, in every message.
std::string FaultPlace(const hcl::Diagnostics& diagnostics, const Path& path);

// Lets go of what nobody will ask for again.
void ForgetEvaluated(const SpecFile& file);

}  // namespace nmgr::repo
