// What `edit` shows and asks between the editor and the register.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/path.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/report/reporter.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::report {

// The questions; the letters stand for the answers.
std::string RegisterQuestion(const rollout::Plan& plan, const rollout::JobFacts& job);
std::string FaultQuestion();

// What the register would change; on stderr where stdout is for a document. Nothing without a plan.
void ShowEditPlan(Reporter& out, const rollout::JobFacts& job);

void TellUnchanged(Reporter& out, const Path& path);
void WarnOfOtherJob(Reporter& out, const Path& path, const jobspec::JobHeader& now,
                    const jobspec::JobHeader& before);
// Where it ends without a register: how the file is, as a sentence, and what registers the job `id`
// ("": nothing can).
std::string FileWords(const Path& path, bool as_before);
void TellNotRegistered(Reporter& out, std::string_view file, std::string_view id);

void ReportEdit(Reporter& out, const rollout::Rollout& run);

}  // namespace nmgr::report
