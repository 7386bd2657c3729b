// plan: what `up` would change, as Nomad's own plan says. Changes nothing.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "nmgr/report/diff_view.h"
#include "nmgr/report/rollout.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::actions {
namespace {

using rollout::JobFacts;

struct Options {
  bool show_secrets = false;
  bool all_fields = false;
};

struct Counts {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  // Registered as their specs say, and not running so: by state.
  std::map<rollout::JobState, std::size_t> troubled;
  std::size_t unplaceable = 0;
  std::size_t failed = 0;
};

// A plan is a text of the server's: the secrets of this run are hidden in it by value, too.
std::string Render(const JobFacts& job, const Options& options, const Redactor* secrets,
                   const report::Painter& paint) {
  report::DiffViewOptions view;
  view.paint = paint;
  view.show_secrets = options.show_secrets;
  view.all_fields = options.all_fields;
  const std::string text = report::RenderPlan(
      job.name, *job.plan, rollout::DescribePlacements(job.plan->failed_placements), view);
  return options.show_secrets || secrets == nullptr ? text : secrets->HideValues(text);
}

std::string Unusable(const JobFacts& job) {
  return fmt::format("its spec does not evaluate ({})",
                     repo::FaultPlace(job.diagnostics, job.path));
}

nlohmann::json ToJson(const JobFacts& job, const Options& options, const Redactor* secrets) {
  nlohmann::json json = {{"id", job.ref.id},
                         {"namespace", job.ref.name_space},
                         {"region", job.ref.region},
                         {"path", job.path},
                         {"infra", job.infra}};
  if (!job.plan) {
    json["error"] = job.error ? job.error->message : Unusable(job);
    return json;
  }
  const nomad::JobPlan& plan = *job.plan;
  json["state"] = job.error ? nlohmann::json() : nlohmann::json(JobStateName(job.State()));
  json["changes"] = rollout::PlanDiffers(plan);
  json["type"] = plan.diff_type;
  json["job_modify_index"] = plan.job_modify_index;
  json["updates"] = plan.updates;
  json["failed_placements"] = rollout::DescribePlacements(plan.failed_placements);
  if (!plan.warnings.empty()) json["warnings"] = plan.warnings;
  if (!plan.next_periodic_launch.empty()) json["next_periodic_launch"] = plan.next_periodic_launch;
  if (rollout::PlanDiffers(plan)) json["text"] = Render(job, options, secrets, report::Plain);
  if (options.show_secrets && plan.diff) json["diff"] = *plan.diff;
  return json;
}

bool IsTroubled(const JobFacts& job) {
  if (job.error || !job.plan) return false;
  const rollout::JobState state = job.State();
  return state == rollout::JobState::kFailed || state == rollout::JobState::kBlocked ||
         state == rollout::JobState::kUnderWay || state == rollout::JobState::kNeedsPromotion;
}

void Tally(const JobFacts& job, Counts& counts) {
  if (job.error || !job.plan) {
    ++counts.failed;
    return;
  }
  if (!job.plan->failed_placements.empty()) ++counts.unplaceable;
  if (IsTroubled(job)) {
    ++counts.troubled[job.State()];
  } else if (!rollout::PlanDiffers(*job.plan)) {
    ++counts.unchanged;
  } else if (job.plan->diff_type == "Added") {
    ++counts.added;
  } else {
    ++counts.changed;
  }
}

std::size_t SumOf(const std::map<rollout::JobState, std::size_t>& counts) {
  std::size_t sum = 0;
  for (const auto& [state, jobs] : counts) sum += jobs;
  return sum;
}

std::string SummaryOf(const Counts& counts) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::size_t n, std::string_view what) {
    if (n != 0) parts.push_back(fmt::format("{} {}", n, what));
  };
  add(counts.added, "to add");
  add(counts.changed, "to change");
  add(counts.unchanged, "up to date");
  for (const auto& [state, jobs] : counts.troubled) add(jobs, rollout::JobStateName(state));
  add(counts.unplaceable, "that could not be placed");
  add(counts.failed, "without a plan");
  return "Plan: " + (parts.empty() ? "no jobs" : Join(parts, ", "));
}

void Show(Env& env, const JobFacts& job, const Options& options) {
  if (job.error) {
    env.out.Error({job.error->code, job.name + ": " + job.error->message, job.error->hint});
  }
  if (!job.plan) return;
  if (!job.plan->warnings.empty()) env.out.Notice(job.name + ": " + job.plan->warnings);
  if (env.out.json()) return;
  if (IsTroubled(job)) {
    env.out.Line(fmt::format("! {} ({})", job.name, rollout::JobStateName(job.State())));
  }
  if (rollout::PlanDiffers(*job.plan) || !job.plan->failed_placements.empty()) {
    env.out.Raw(Render(job, options, env.secrets, report::OutPainter(env.out)) + "\n");
  }
}

ExitCode RunPlan(Env& env) {
  const auto options = env.settings.Own<Options>();
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const rollout::Questions questions{.plan = rollout::PlanNeed::kAll,
                                     .reset_counts = env.settings.reset_counts,
                                     .keep_job = false};
  const auto facts = Gather(env, questions, *selection, code);
  if (!facts) return code;
  report::ReportSpecs(env.out, *facts, questions.spec);
  Counts counts;
  nlohmann::json list = nlohmann::json::array();
  for (const JobFacts& job : *facts) {
    Show(env, job, options);
    Tally(job, counts);
    if (env.out.json()) list.push_back(ToJson(job, options, env.secrets));
  }
  if (counts.failed != 0) code = kFailed;
  const bool pending = counts.added + counts.changed != 0;
  if (code == kDone && pending && env.settings.detailed_exitcode) code = kChangesPending;
  env.out.Line(SummaryOf(counts));
  env.out.Json({{"jobs", std::move(list)},
                {"counts",
                 {{"added", counts.added},
                  {"changed", counts.changed},
                  {"unchanged", counts.unchanged},
                  {"troubled", SumOf(counts.troubled)},
                  {"unplaceable", counts.unplaceable},
                  {"failed", counts.failed}}}});
  return code;
}

namespace shape = report::shape;

std::vector<report::JsonShape> PlanShapes() {
  const report::JsonFields more = {
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
      shape::Optional(shape::Texts("failed_placements", "what cannot be placed, and why")),
      shape::Optional(shape::Text("warnings", "Nomad's own")),
      shape::Optional(shape::Text("next_periodic_launch", "a time")),
      shape::Optional(shape::Text("text", "the difference as it is shown")),
      shape::Optional(shape::Any("diff", "with --show-secrets: Nomad's own difference"))};
  return {
      {.fields = {
           shape::Objects("jobs", "in the order of `up`", shape::All({report::JobFields(), more})),
           shape::Object(
               "counts", "of jobs",
               {shape::Whole("added", "not registered yet"), shape::Whole("changed", "that differ"),
                shape::Whole("unchanged", "that are up to date"),
                shape::Whole("troubled", "failed, blocked, under way, or waiting"),
                shape::Whole("unplaceable", "that could not be placed"),
                shape::Whole("failed", "without a plan")})}}};
}

}  // namespace

Action PlanAction() {
  return {
      .name = "plan",
      .summary = "show what `up` would change, as Nomad's own plan says",
      .alias = "diff",
      .options = {{.name = "show-secrets",
                   .help = "show env values, templates and what is named like a password",
                   .value = Switch(&Options::show_secrets)},
                  {.name = "all-fields",
                   .help = "also the defaults of what is new",
                   .value = Switch(&Options::all_fields)},
                  ParallelOption(),
                  TimeoutOption(),
                  ResetCountsOption(),
                  DetailedExitcodeOption()},
      .run = RunPlan,
      .details =
          "Exits with 0 whether or not something would change; with --detailed-exitcode\n"
          "changes are 2. Changes nothing.\n"
          "\n"
          "  nmgr plan all\n"
          "  nmgr diff changed:HEAD~1\n",
      .documents = PlanShapes(),
  };
}

}  // namespace nmgr::actions
