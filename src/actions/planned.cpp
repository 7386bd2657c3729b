#include "actions/planned.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/inner_env.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/report/notices.h"
#include "nmgr/rollout/kept_plan.h"

namespace nmgr::actions {
namespace {

using rollout::KeptPlan;

Error InFile(const Path& file, const Error& error) {
  return {error.code, file + ": " + error.message, error.hint};
}

Expected<KeptPlan> LoadPlan(Env& env, const Path& file) {
  const auto text = env.files.ReadFile(file, kMaxFileSize);
  if (!text) return text.error();
  auto plan = rollout::ReadKeptPlan(*text);
  if (!plan) return InFile(file, plan.error());
  return plan;
}

// That it was made for the Nomad that this run speaks to.
Expected<void> CheckPlace(Env& env, const Path& file, const rollout::RunHead& planned) {
  const rollout::RunHead here = RunHeadOf(env, "up");
  const auto differs = [&](std::string_view what, const std::string& then, const std::string& now,
                           std::string hint) {
    return Error{ErrorCode::kConflict,
                 fmt::format("{}: it was planned for {} {}, and this is {}", file, what, then, now),
                 std::move(hint)};
  };
  if (planned.address != here.address) {
    return differs("the Nomad at", planned.address, here.address, "see --address and --cluster");
  }
  if (planned.region != here.region) {
    return differs("region", planned.region, here.region, "see --region and --cluster");
  }
  if (planned.name_space != here.name_space) {
    return differs("namespace", planned.name_space, here.name_space, "see --namespace");
  }
  return {};
}

// A spec that is gone would be an unknown target.
Expected<std::vector<std::string>> SpecsOf(Env& env, const KeptPlan& plan) {
  std::vector<std::string> paths;
  for (const rollout::KeptJob& job : plan.jobs) {
    if (!env.files.Stat(job.path)) {
      return Error{ErrorCode::kConflict,
                   fmt::format("{}: its spec {} is not there any more; nothing was touched",
                               job.name, job.path)};
    }
    paths.push_back(job.path);
  }
  return paths;
}

// What the config file orders among them.
Expected<std::vector<std::string>> OrderAmong(Env& env,
                                              const std::vector<repo::SelectedJob>& jobs) {
  TRY_ASSIGN(const std::vector<order::Edge> edges, ConfiguredEdges(env, jobs));
  std::vector<std::string> order;
  for (const order::Edge& edge : edges) {
    order.push_back(fmt::format("{} after {}", jobs[edge.job].name, jobs[edge.after].name));
  }
  std::sort(order.begin(), order.end());
  return order;
}

// Whoever types --no-order wants none, whatever was planned.
Expected<void> CheckKeptOrder(Env& env, const Path& file, const KeptPlan& plan,
                              const std::vector<repo::SelectedJob>& jobs) {
  if (env.settings.no_order) return {};
  TRY_ASSIGN(const std::vector<std::string> order, OrderAmong(env, jobs));
  if (order == plan.order) return {};
  const auto words = [](const std::vector<std::string>& edges) {
    return edges.empty() ? std::string("none") : Join(edges, ", ");
  };
  return Error{
      ErrorCode::kConflict,
      fmt::format("{}: [order] of the config file has moved: it was {}, and is {}; nothing "
                  "was touched",
                  file, words(plan.order), words(order)),
      "`nmgr plan --out FILE TARGET...` makes a new plan"};
}

}  // namespace

Expected<void> MayKeep(Env& env, const Path& file) {
  const auto there = env.files.Stat(file);
  if (!there) {
    if (there.error().code == ErrorCode::kNotFound) return {};
    return there.error();
  }
  const auto text = there->kind == FileKind::kFile ? env.files.ReadFile(file, kMaxFileSize)
                                                   : Expected<std::string>(std::string());
  if (text && rollout::LooksKept(*text)) return {};
  return Error{ErrorCode::kUsage, file + " is there already, and is no plan that may be replaced",
               "name another file, or remove that one"};
}

Expected<void> KeepPlanned(Env& env, const Path& file, const std::vector<repo::SelectedJob>& jobs,
                           const std::vector<rollout::JobFacts>& facts) {
  rollout::Intent intent{rollout::Verb::kUp};
  intent.reset_counts = env.settings.reset_counts;
  rollout::RunHead head = RunHeadOf(env, "plan");
  head.at = UtcText(env.clock.Wall());
  const rollout::Plan plan = rollout::MakePlan(intent, facts);
  TRY_ASSIGN(KeptPlan kept, rollout::KeepPlan(std::move(head), plan, facts, CurrentFolder()));
  TRY_ASSIGN(kept.order, OrderAmong(env, jobs));
  for (rollout::KeptJob& job : kept.jobs) job.reason = env.out.Hide(job.reason);
  TRY(env.files.WriteFileAtomically(file, rollout::TextOf(kept)));
  report::TellPlanKept(env.out, file);
  return {};
}

ExitCode RunPlanned(Env& env, const Path& file) {
  const auto plan = LoadPlan(env, file);
  const auto fail = [&env](const Error& error) {
    env.out.Error(error);
    return error.code == ErrorCode::kNotFound ? kNoSuchTarget : ExitCodeFor(error.code);
  };
  if (!plan) return fail(plan.error());
  if (const auto here = CheckPlace(env, file, plan->head); !here) return fail(here.error());
  auto specs = SpecsOf(env, *plan);
  if (!specs) return fail(specs.error());
  if (specs->empty()) {
    report::TellEmptyPlan(env.out, file);
    return kDone;
  }
  Settings settings = env.settings;
  settings.targets = *std::move(specs);
  settings.reset_counts = plan->reset_counts;
  Env inner = EnvWith(env, env.files, env.out, settings);
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(inner, code);
  if (!selection) return code;
  if (const auto order = CheckKeptOrder(inner, file, *plan, selection->jobs); !order) {
    return fail(order.error());
  }
  rollout::Intent intent{rollout::Verb::kUp, settings.detach};
  intent.reset_counts = plan->reset_counts;
  return RunRollout(inner, intent, *selection, code,
                    [&plan](const rollout::Plan& now, const std::vector<rollout::JobFacts>& facts) {
                      return rollout::WhatMoved(*plan, now, facts, CurrentFolder());
                    });
}

}  // namespace nmgr::actions
