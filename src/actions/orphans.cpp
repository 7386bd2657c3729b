#include "actions/orphans.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actions/shown_names.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/list_view.h"
#include "nmgr/report/notices.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/namespaces.h"

namespace nmgr::actions {
namespace {

// The orphans of one namespace and region (those of `place`).
class OrphanFinder {
 public:
  OrphanFinder(Env& env, const std::vector<repo::SpecPtr>& specs)
      : env_(env), namespaces_(env.jobs) {
    places_.emplace();
    for (const repo::SpecPtr& spec : specs) {
      const nomad::JobRef ref = Whole(rollout::RefOf(spec->parsed.header));
      if (spec->faulty || ref.name_space == "*") uncertain_.insert(spec->id());
      described_.insert(ref);
      places_.insert({"", spec->parsed.header.name_space, spec->parsed.header.region});
    }
  }

  // The jobs that specs describe.
  std::vector<nomad::JobRef> Described() const { return {described_.begin(), described_.end()}; }

  // Of what `Find` left out: launches that have ended, of jobs that are gone.
  std::size_t ended_launches() const { return ended_launches_; }

  // Those that `Find` looks into.
  std::vector<std::string> Namespaces() const {
    std::set<std::string> names;
    for (const nomad::JobRef& place : places_) names.insert(Whole(place).name_space);
    return {names.begin(), names.end()};
  }

  // Where one place is refused the others are asked all the same: what the token may do is then
  // known.
  Expected<std::vector<nomad::JobSummary>> Find() {
    std::vector<nomad::JobSummary> orphans;
    std::set<nomad::JobRef> asked;
    std::optional<Error> refused;
    for (const nomad::JobRef& place : places_) {
      if (!asked.insert(Whole(place)).second) continue;
      auto answer =
          env_.jobs.ListJobs(place.name_space, place.region, "", {TimePoint::max(), env_.stop});
      if (!answer && answer.error().code == ErrorCode::kForbidden) {
        if (!refused) refused = answer.error();
        continue;
      }
      TRY_ASSIGN(const auto list, std::move(answer));
      if (list.value.empty()) {
        TRY(namespaces_.CheckAbsent(place, {TimePoint::max(), env_.stop}));
      }
      Add(place, list.value, orphans);
    }
    if (refused) return *refused;
    std::sort(orphans.begin(), orphans.end(),
              [](const auto& a, const auto& b) { return a.ref < b.ref; });
    return orphans;
  }

 private:
  void Add(const nomad::JobRef& place, const std::vector<nomad::JobSummary>& list,
           std::vector<nomad::JobSummary>& orphans) {
    std::set<nomad::JobRef> registered;
    for (const nomad::JobSummary& job : list) registered.insert(At(place, job, job.ref.id));
    for (const nomad::JobSummary& job : list) {
      const bool launched =
          !job.parent_id.empty() && registered.contains(At(place, job, job.parent_id));
      const nomad::JobRef ref = At(place, job, job.ref.id);
      if (launched || described_.contains(ref) || uncertain_.contains(ref.id)) continue;
      if (!job.parent_id.empty() && !rollout::MayRun(job)) {
        ++ended_launches_;
        continue;
      }
      orphans.push_back(job);
      orphans.back().ref = ref;
    }
  }

  nomad::JobRef At(const nomad::JobRef& place, const nomad::JobSummary& job,
                   const std::string& id) const {
    const std::string& own = job.ref.name_space;
    return Whole({id, own.empty() ? place.name_space : own, place.region});
  }

  nomad::JobRef Whole(nomad::JobRef ref) const {
    if (ref.name_space.empty()) ref.name_space = env_.settings.repo.default_namespace;
    if (ref.region.empty()) ref.region = env_.settings.repo.default_region;
    return ref;
  }

  Env& env_;
  rollout::Namespaces namespaces_;
  std::set<nomad::JobRef> described_;
  std::set<std::string> uncertain_;  // IDs of specs whose namespace may be another one
  std::set<nomad::JobRef> places_;   // as the specs have them
  std::size_t ended_launches_ = 0;
};

// Whether Nomad has the job; an Error where that, or a namespace, is not known.
Expected<bool> IsRegistered(Env& env, const nomad::JobRef& ref) {
  const nomad::Call call{TimePoint::max(), env.stop};
  const auto live = env.jobs.ReadJob(ref, {}, call);
  if (live) return true;
  if (live.error().code != ErrorCode::kNotFound) return live.error();
  const auto absent = rollout::Namespaces(env.jobs).CheckAbsent(ref, call);
  if (absent) return false;
  // A namespace that is not there is as wrong a word as a job.
  const bool refused = absent.error().code == ErrorCode::kRejected;
  return Error{refused ? ErrorCode::kNotFound : absent.error().code, absent.error().message,
               absent.error().hint};
}

Error NoSuchJob(const Env& env, const std::string& word,
                const std::optional<nomad::JobRef>& inside = {}) {
  const std::string& here = env.settings.repo.default_namespace;
  const std::string where =
      inside ? fmt::format("no job {} in namespace {}, and none of this whole ID in namespace {}",
                           inside->id, inside->name_space, here)
             : "no such job in namespace " + here;
  return {ErrorCode::kNotFound,
          fmt::format("{}: no spec describes it, and Nomad has {}", repo::JobTarget(word), where),
          "`nmgr list --orphans` shows the jobs that have no spec"};
}

// Where the job is that `word` names.
Expected<nomad::JobRef> Locate(Env& env, const std::string& word) {
  const nomad::JobRef whole{word, "", ""};
  TRY_ASSIGN(const bool is_id, IsRegistered(env, whole));
  const std::optional<nomad::JobRef> inside = InNamespace(word);
  if (!inside) {
    if (!is_id) return NoSuchJob(env, word);
    return whole;
  }
  const Expected<bool> is_inside = IsRegistered(env, *inside);
  if (is_id && is_inside && *is_inside) {
    const std::string& here = env.settings.repo.default_namespace;
    return Error{ErrorCode::kUsage,
                 fmt::format("{} names two jobs: {} in namespace {} and {} in namespace {}",
                             repo::JobTarget(word), word, here, inside->id, inside->name_space),
                 fmt::format("`{}` is the first one; the second one is only reached with "
                             "--namespace {} and `{}`",
                             ShellWord(repo::JobTarget(here + "/" + word)), inside->name_space,
                             ShellWord(repo::JobTarget(inside->id)))};
  }
  if (is_id) return whole;
  if (!is_inside) return is_inside.error();
  if (!*is_inside) return NoSuchJob(env, word, inside);
  return *inside;
}

// The job that one of the targets names with its namespace although its spec cannot be read.
std::optional<nomad::JobRef> NamedWhole(const Env& env, const repo::SelectedJob& job) {
  if (!job.spec->faulty) return std::nullopt;
  for (const std::string& word : env.settings.targets) {
    const repo::Target target = repo::ParseTarget(word, env.settings.filters, env.settings.repo);
    if (target.kind != repo::TargetKind::kJob) continue;
    const auto named = InNamespace(target.text);
    if (named && named->id == job.id()) return named;
  }
  return std::nullopt;
}

}  // namespace

std::optional<nomad::JobRef> InNamespace(const std::string& word) {
  const std::size_t slash = word.find('/');
  if (slash == word.npos || slash == 0 || slash == word.size() - 1) return std::nullopt;
  return nomad::JobRef{word.substr(slash + 1), word.substr(0, slash), ""};
}

Expected<void> LocateOrphans(Env& env, repo::Selection& selection) {
  if (env.settings.repo.default_namespace == "*") return {};
  for (repo::SelectedJob& job : selection.jobs) {
    std::optional<nomad::JobRef> place = NamedWhole(env, job);
    if (!place && !job.IsOrphan()) continue;
    if (!place) {
      TRY_ASSIGN(place, Locate(env, job.id()));
    }
    selection.specs.push_back(repo::OrphanSpec(place->id, place->name_space, place->region));
    selection.names.push_back(job.name);
    job.spec = selection.specs.back().get();
    job.duplicates.clear();
  }
  return {};
}

std::vector<std::string> OrphanNames(const Env& env, const std::vector<nomad::JobRef>& orphans,
                                     const std::vector<nomad::JobRef>& described) {
  std::vector<std::string> names = ShownNames(orphans, described);
  for (std::size_t i = 0; i < orphans.size(); ++i) {
    const nomad::JobRef& ref = orphans[i];
    if (ref.name_space != env.settings.repo.default_namespace && names[i] == ref.id) {
      names[i] = ref.name_space + "/" + ref.id;
    }
  }
  return names;
}

ExitCode ListOrphans(Env& env, bool detailed) {
  ExitCode code = kDone;
  const std::optional<repo::Repo> repo = OpenRepo(env, code);
  if (!repo) return code;
  for (const std::string& warning : repo->found.warnings) env.out.Warning(warning);
  OrphanFinder finder(env, repo->found.specs);
  auto orphans = finder.Find();
  if (!orphans) return EndWith(env, orphans.error());
  std::vector<nomad::JobRef> refs;
  for (const nomad::JobSummary& job : *orphans) refs.push_back(job.ref);
  report::ReportOrphans(env.out, *orphans, OrphanNames(env, refs, finder.Described()),
                        finder.Namespaces(), detailed);
  report::TellEndedLaunches(env.out, finder.ended_launches());
  return kDone;
}

Expected<std::vector<nomad::JobSummary>> FindOrphans(Env& env,
                                                     const std::vector<repo::SpecPtr>& specs) {
  return OrphanFinder(env, specs).Find();
}

}  // namespace nmgr::actions
