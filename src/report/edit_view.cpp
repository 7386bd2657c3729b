#include "nmgr/report/edit_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/repo/target.h"
#include "nmgr/report/plan_view.h"
#include "nmgr/report/rollout.h"

namespace nmgr::report {
namespace {

std::string EditedName(const jobspec::JobHeader& header) {
  return header.name_space.empty() ? header.id : header.name_space + "/" + header.id;
}

}  // namespace

std::string RegisterQuestion(const rollout::Plan& plan, const rollout::JobFacts& job) {
  const rollout::Move move = plan.steps.front().move;
  const std::string what = move == rollout::Move::kRegister
                               ? fmt::format("register {}", job.name)
                               : fmt::format("{}: {}", job.name, rollout::MoveName(move));
  return what + "? y: yes, n: no, e: edit again: ";
}

std::string FaultQuestion() { return "e: edit again, q: stop and keep the file as it is: "; }

void ShowEditPlan(Reporter& out, const rollout::JobFacts& job) {
  ShowPlanBeside(out, job, "`nmgr plan --show-secrets` shows them");
}

void TellUnchanged(Reporter& out, const Path& path) {
  out.Notice(path + ": nothing changed in the editor");
}

void WarnOfOtherJob(Reporter& out, const Path& path, const jobspec::JobHeader& now,
                    const jobspec::JobHeader& before) {
  out.Warning(fmt::format(
      "{} is about {} now and was about {}, which goes on as it is: another job is registered",
      path, EditedName(now), EditedName(before)));
}

std::string FileWords(const Path& path, bool as_before) {
  return fmt::format("{} {}", path,
                     as_before ? "is as it was" : "keeps what was saved in the editor");
}

void TellNotRegistered(Reporter& out, std::string_view file, std::string_view id) {
  const std::string next = id.empty()
                               ? std::string()
                               : fmt::format("; `nmgr up {}` registers it", repo::TypedTarget(id));
  out.Notice(fmt::format("nothing was registered; {}{}", file, next));
}

void ReportEdit(Reporter& out, const rollout::Rollout& run) {
  nlohmann::json document = ToJson(run);
  document["action"] = "edit";
  out.Json(std::move(document));
}

}  // namespace nmgr::report
