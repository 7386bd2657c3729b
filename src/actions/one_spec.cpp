#include "actions/one_spec.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"

namespace nmgr::actions {

const repo::SelectedJob* OneSpec(Env& env, const repo::Selection& selection, ExitCode& code) {
  const auto fail = [&](const Error& error, ExitCode as) {
    env.out.Error(error);
    code = as;
    return nullptr;
  };
  const std::string words = Join(env.settings.targets, " ");
  if (selection.jobs.empty()) {
    if (code != kDone) return nullptr;
    return fail({ErrorCode::kNotFound, fmt::format("{} selects no job", words)}, kNoSuchTarget);
  }
  if (selection.jobs.size() > 1) {
    std::vector<std::string> names;
    for (const repo::SelectedJob& job : selection.jobs) names.push_back(job.name);
    return fail({ErrorCode::kUsage,
                 fmt::format("{} selects {} jobs: {}", words, names.size(), SomeOf(names)),
                 "name one job, or its file"},
                kUsage);
  }
  const repo::SelectedJob& job = selection.jobs.front();
  if (!job.duplicates.empty()) {
    return fail({ErrorCode::kInvalid, DuplicatesText(job), "name the file that is to change"},
                kFailed);
  }
  return &job;
}

}  // namespace nmgr::actions
