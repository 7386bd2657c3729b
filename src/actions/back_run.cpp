#include "actions/back_run.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "actions/orphans.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/report/plan_view.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

// What changes, before it does; all else is told by another one.
class BackProgress final : public rollout::Progress {
 public:
  explicit BackProgress(Env& env) : out_(env.out), inner_(MakeProgress(env)) {}

  void Asked(const std::vector<rollout::JobFacts>& jobs, rollout::SpecNeed need) override {
    inner_->Asked(jobs, need);
  }
  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override {
    inner_->Decided(plan, jobs, dry_run);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (!rollout::IsWrite(plan.steps[i].move) || !jobs[i].plan || !jobs[i].plan->diff) continue;
      report::ShowPlanBeside(out_, jobs[i], "values under such names are never shown here");
    }
  }
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override {
    inner_->Started(job, step);
  }
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override {
    inner_->Said(job, news);
  }
  void Noticed(const rollout::JobFacts& job, std::string_view what) override {
    inner_->Noticed(job, what);
  }
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override {
    inner_->Finished(job, step, result);
  }

 private:
  report::Reporter& out_;
  const std::unique_ptr<rollout::Progress> inner_;
};

}  // namespace

std::optional<nomad::JobRef> LocateNamed(Env& env, const std::string& name, ExitCode& code) {
  const auto ref = LocateJob(env, name);
  if (ref) return *ref;
  env.out.Error(ref.error());
  code = ref.error().code == ErrorCode::kNotFound ? kNoSuchTarget
                                                  : ExitCodeFor(ref.error(), env.contact);
  return std::nullopt;
}

bool IsHere(const Env& env, const rollout::PastRun& run) {
  const nomad::ConnectionOptions& here = env.settings.connection;
  return run.head.address == nomad::NormalAddress(nomad::DisplayAddress(here)) &&
         run.head.region == (here.region.empty() ? "global" : here.region);
}

Expected<nomad::JobRef> LocateJob(Env& env, const std::string& name) {
  if (env.settings.repo.default_namespace == "*") {
    return Error{ErrorCode::kUsage, "namespace * names no job", "see --namespace, NOMAD_NAMESPACE"};
  }
  const nomad::Call call{TimePoint::max(), env.stop};
  const nomad::JobRef plain{name, "", ""};
  auto live = env.jobs.ReadJob(plain, {}, call);
  if (live) return plain;
  if (live.error().code != ErrorCode::kNotFound) return live.error();
  rollout::Namespaces namespaces(env.jobs);
  std::string where = "in namespace " + env.settings.repo.default_namespace;
  if (const auto there = InNamespace(name)) {
    live = env.jobs.ReadJob(*there, {}, call);
    if (live) return *there;
    if (live.error().code != ErrorCode::kNotFound) return live.error();
    TRY(namespaces.CheckAbsent(*there, call));
    where += fmt::format(", nor {} in namespace {}", there->id, there->name_space);
  } else {
    TRY(namespaces.CheckAbsent(plain, call));
  }
  return Error{ErrorCode::kNotFound, fmt::format("{}: Nomad has no such job {}", name, where),
               "see --namespace, NOMAD_NAMESPACE"};
}

ExitCode RunBack(Env& env, rollout::Verb verb, const std::string& undoes, const Back& back) {
  const Settings& settings = env.settings;
  const jobspec::SpecContext specs = SpecContextOf(env);
  const std::unique_ptr<rollout::StoppedRecord> record =
      settings.dry_run ? nullptr : OpenRecord(env);
  const std::unique_ptr<rollout::Journal> journal =
      OpenJournal(env, rollout::VerbName(verb), undoes);
  rollout::RolloutOptions options = RunOptionsOf(env, specs, record.get(), kDone);
  options.execute.journal = journal.get();
  options.execute.exact = true;
  rollout::BackOptions how;
  how.intent = rollout::Intent{verb, settings.detach};
  how.contact = &env.contact;
  if (!settings.dry_run) {
    how.time_limit = settings.timeout;
    how.patience = nomad::Patience::kServed;
  }
  rollout::Rollout run = [&] {
    BackProgress progress(env);
    return back(progress, how, options);
  }();
  HideSecrets(env.out, run);
  const ExitCode code = EndRollout(env, run, kDone);
  report::ReportDocument(env.out, run);
  return code;
}

}  // namespace nmgr::actions
