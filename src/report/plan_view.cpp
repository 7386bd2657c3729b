#include "nmgr/report/plan_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/report/change_words.h"
#include "nmgr/report/diff_view.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/summary.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::report {
namespace {

using rollout::JobFacts;
using rollout::JobState;

bool IsTroubled(const JobFacts& job) {
  if (job.error || !job.plan) return false;
  const JobState state = job.State();
  return state == JobState::kFailed || state == JobState::kBlocked ||
         state == JobState::kUnderWay || state == JobState::kNeedsPromotion ||
         state == JobState::kKnownBad;
}

std::string WhyNoPlan(const JobFacts& job) {
  if (job.error) return job.error->message;
  return fmt::format("its spec does not evaluate ({})",
                     repo::FaultPlace(job.diagnostics, job.path));
}

nlohmann::json PlanJson(const Reporter& out, const JobFacts& job, const PlanView& view) {
  nlohmann::json json = {{"id", job.ref.id},
                         {"namespace", job.ref.name_space},
                         {"region", job.ref.region},
                         {"path", job.path},
                         {"infra", job.infra}};
  if (!job.plan) {
    json["error"] = WhyNoPlan(job);
    return json;
  }
  const nomad::JobPlan& plan = *job.plan;
  json["state"] = job.error ? nlohmann::json() : nlohmann::json(JobStateName(job.State()));
  json["changes"] = rollout::PlanDiffers(plan);
  json["type"] = plan.diff_type;
  json["job_modify_index"] = plan.job_modify_index;
  if (plan.remembered) {
    json["remembered"] = true;
  } else {
    json["updates"] = plan.updates;
  }
  json["failed_placements"] = rollout::DescribePlacements(plan.failed_placements);
  if (!plan.warnings.empty()) json["warnings"] = plan.warnings;
  if (!plan.next_periodic_launch.empty()) json["next_periodic_launch"] = plan.next_periodic_launch;
  if (rollout::PlanDiffers(plan)) json["text"] = PlanText(out, job, view, Plain);
  if (view.show_secrets && plan.diff) json["diff"] = *plan.diff;
  return json;
}

// What is to be said of a job beside its diagnostics, at the head of its spec.
void FindInPlan(Reporter& out, const JobFacts& job) {
  Finding finding{Weight::kError, job.path, 1, 1, {}};
  if (job.spec && !job.spec->lines.empty()) {
    finding.line = job.spec->source->PosAt(job.spec->lines.front().head.begin).line;
  }
  const auto say = [&](Weight weight, const std::string& text) {
    finding.weight = weight;
    finding.text = job.name + ": " + text;
    out.Found(finding);
  };
  if (job.error)
    say(Weight::kError,
        job.error->message + (job.error->hint.empty() ? "" : "; ") + job.error->hint);
  if (!job.plan) return;
  for (const std::string& text : rollout::DescribePlacements(job.plan->failed_placements)) {
    say(Weight::kWarning, text);
  }
  if (IsTroubled(job)) say(Weight::kWarning, std::string(rollout::JobStateName(job.State())));
  if (!rollout::PlanDiffers(*job.plan)) return;
  const bool is_new = job.plan->diff_type == "Added" || !job.plan->diff;
  say(Weight::kNotice, is_new ? "would be registered"
                              : "would change: " + ShortList(ChangesIn(*job.plan->diff, true)));
}

void ShowPlan(Reporter& out, const JobFacts& job, const PlanView& view) {
  if (out.findings()) return FindInPlan(out, job);
  if (!job.plan) return;
  if (!job.plan->warnings.empty()) out.Notice(job.name + ": " + job.plan->warnings);
  if (out.json()) return;
  if (IsTroubled(job)) {
    out.Line(fmt::format("! {} ({})", job.name, rollout::JobStateName(job.State())));
  }
  if (rollout::PlanDiffers(*job.plan) || !job.plan->failed_placements.empty()) {
    out.Raw(PlanText(out, job, view, OutPainter(out)) + "\n");
  }
}

std::string PlanSummary(const PlanCounts& counts) {
  Counts each = {
      {counts.added, "to add"}, {counts.changed, "to change"}, {counts.unchanged, "up to date"}};
  for (const auto& [state, jobs] : counts.troubled) {
    each.emplace_back(jobs, rollout::JobStateName(state));
  }
  each.emplace_back(counts.failed, "without a plan");
  const std::string text = CountsText(each, {{counts.unplaceable, "that could not be placed"}});
  return "Plan: " + (text.empty() ? "no jobs" : text);
}

nlohmann::json CountsJson(const PlanCounts& counts) {
  std::size_t troubled = 0;
  for (const auto& [state, jobs] : counts.troubled) troubled += jobs;
  return {{"added", counts.added},         {"changed", counts.changed},
          {"unchanged", counts.unchanged}, {"troubled", troubled},
          {"failed", counts.failed},       {"unplaceable", counts.unplaceable}};
}

}  // namespace

PlanCounts CountPlans(const std::vector<JobFacts>& jobs) {
  PlanCounts counts;
  for (const JobFacts& job : jobs) {
    if (job.error || !job.plan) {
      ++counts.failed;
      continue;
    }
    if (!job.plan->failed_placements.empty()) ++counts.unplaceable;
    if (IsTroubled(job)) {
      ++counts.troubled[job.State()];
    } else if (!rollout::PlanDiffers(*job.plan)) {
      ++counts.unchanged;
    } else {
      ++(job.plan->diff_type == "Added" ? counts.added : counts.changed);
    }
  }
  return counts;
}

std::string PlanText(const Reporter& out, const JobFacts& job, const PlanView& view,
                     const Painter& paint) {
  const std::string text =
      RenderPlan(job.name, *job.plan, rollout::DescribePlacements(job.plan->failed_placements),
                 {paint, view.show_secrets, view.all_fields, view.reveal_hint});
  return view.show_secrets ? text : out.Hide(text);
}

void ShowPlanBeside(Reporter& out, const rollout::JobFacts& job, std::string reveal_hint) {
  if (!job.plan) return;
  PlanView view;
  view.reveal_hint = std::move(reveal_hint);
  const std::string text = PlanText(out, job, view, out.json() ? Painter(Plain) : OutPainter(out));
  out.json() ? out.Prompt(text) : out.Raw(text);
}

void ReportPlans(Reporter& out, const std::vector<JobFacts>& jobs, const PlanCounts& counts,
                 const PlanView& view) {
  nlohmann::json list = nlohmann::json::array();
  std::vector<JobError> errors;
  for (const JobFacts& job : jobs) {
    if (job.error) errors.push_back({job.name, *job.error});
  }
  if (!out.findings()) ReportErrors(out, errors);
  for (const JobFacts& job : jobs) {
    ShowPlan(out, job, view);
    if (out.json()) list.push_back(PlanJson(out, job, view));
  }
  out.Line(PlanSummary(counts));
  out.Json({{"jobs", std::move(list)}, {"counts", CountsJson(counts)}});
}

std::vector<JsonShape> PlanShapes() {
  const JsonFields more = {
      shape::Optional(shape::Text("error", "why there is no plan; nothing below then")),
      shape::Optional(shape::OrNull(
          shape::Text("state", "a word of the table of states; null where nobody could tell"))),
      shape::Optional(shape::Flag("changes", "`up` would register it")),
      shape::Optional(shape::Text("type", "Nomad's: Added, Edited, None")),
      shape::Optional(shape::Whole("job_modify_index", "of the job that was compared")),
      shape::Optional(shape::Map(
          "updates", "by group",
          shape::Map("GROUP", "what its allocations come to",
                     shape::Whole("UPDATE", "how many: Place, Ignore, InPlaceUpdate, ...")))),
      shape::Optional(shape::Flag("remembered",
                                  "true: not planned in this run, since neither job nor spec have "
                                  "moved since a plan showed no difference; no `updates`, "
                                  "`next_periodic_launch` and `diff` then")),
      shape::Optional(shape::Texts("failed_placements", "what cannot be placed, and why")),
      shape::Optional(shape::Text("warnings", "Nomad's own")),
      shape::Optional(shape::Text("next_periodic_launch", "a time")),
      shape::Optional(shape::Text("text", "the difference as it is shown")),
      shape::Optional(shape::Any("diff", "with --show-secrets: Nomad's own difference"))};
  return {
      {.fields = {
           shape::Objects("jobs", "in the order of `up`", shape::All({JobFields(), more})),
           shape::Object(
               "counts", "of jobs",
               {shape::Whole("added", "not registered yet"), shape::Whole("changed", "that differ"),
                shape::Whole("unchanged", "that are up to date"),
                shape::Whole("troubled", "failed, blocked, under way, waiting, or known bad"),
                shape::Whole("unplaceable", "that could not be placed"),
                shape::Whole("failed", "without a plan")})}}};
}

}  // namespace nmgr::report
