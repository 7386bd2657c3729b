#include "actions/orphans.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actions/shown_names.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/report/list_view.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

// The orphans of one namespace and region (those of `place`).
class OrphanFinder {
 public:
  OrphanFinder(Env& env, const std::vector<repo::SpecPtr>& specs) : env_(env) {
    places_.insert({});
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

  Expected<std::vector<nomad::JobSummary>> Find() {
    std::vector<nomad::JobSummary> orphans;
    std::set<nomad::JobRef> asked;
    for (const nomad::JobRef& place : places_) {
      if (!asked.insert(Whole(place)).second) continue;
      TRY_ASSIGN(auto list, env_.jobs.ListJobs(place.name_space, place.region, "",
                                               {TimePoint::max(), env_.stop}));
      Add(place, list.value, orphans);
    }
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
      if (!job.parent_id.empty() && job.status == "dead") {
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
  std::set<nomad::JobRef> described_;
  std::set<std::string> uncertain_;  // IDs of specs whose namespace may be another one
  std::set<nomad::JobRef> places_;   // as the specs have them
  std::size_t ended_launches_ = 0;
};

}  // namespace

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
  report::ReportOrphans(env.out, *orphans, ShownNames(refs, finder.Described()), detailed);
  if (finder.ended_launches() != 0) {
    env.out.Notice(Count(finder.ended_launches(), "ended launch", "ended launches") +
                   " of jobs that are gone left out: Nomad's garbage collection removes them");
  }
  return kDone;
}

Expected<std::vector<nomad::JobSummary>> FindOrphans(Env& env,
                                                     const std::vector<repo::SpecPtr>& specs) {
  return OrphanFinder(env, specs).Find();
}

}  // namespace nmgr::actions
