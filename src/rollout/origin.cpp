#include "nmgr/rollout/origin.h"

#include <algorithm>
#include <utility>

#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {
namespace {

struct FoundWrite {
  const PastRun* run = nullptr;
  const PastJob* job = nullptr;
  const PastWrite* write = nullptr;
};

// What restarts its tasks leaves the job where it was, and brought it nowhere.
bool IsOfJob(const PastWrite& write, const nomad::JobRef& ref) {
  const bool brings = write.kind == WriteKind::kRegister || write.before != write.after;
  return brings && write.ref == ref && write.end != WriteEnd::kFailed && write.after.exists &&
         write.after.index && write.after.version;
}

// The write after which the job stood as `is_it` says; of several the newest.
template <class IsIt>
std::optional<FoundWrite> FindWrite(const std::vector<PastRun>& runs, const nomad::JobRef& ref,
                                    IsIt is_it) {
  std::optional<FoundWrite> found;
  for (const PastRun& run : runs) {
    for (const PastJob& job : run.jobs) {
      for (const PastWrite& write : job.writes) {
        if (!IsOfJob(write, ref) || !is_it(write)) continue;
        if (!found || *found->write->after.index < *write.after.index) {
          found = FoundWrite{&run, &job, &write};
        }
      }
    }
  }
  return found;
}

bool GivesVariables(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const std::string& word) { return word.starts_with("--var"); });
}

Origin OriginOf(const PastRun& run, const PastJob& job) {
  Origin origin;
  origin.run = run.head.id;
  origin.served = run.head.action == "serve";
  origin.commit = job.commit.empty() ? run.head.commit : job.commit;
  origin.clean = !job.commit.empty() || (run.head.dirty && !*run.head.dirty);
  origin.base_dir = job.base_dir.empty() ? run.head.base_dir : job.base_dir;
  origin.name_space = run.head.name_space;
  origin.region = run.head.region;
  origin.spec_hash = job.spec_hash;
  origin.given_variables = GivesVariables(run.head.arguments);
  return origin;
}

}  // namespace

std::string SpecHash(const HashKey& key, const nomad::JobRef& ref, std::string_view digest) {
  return key.Hash(Packed("spec", ref.region, ref.name_space, ref.id, digest));
}

Path SpecKeyPath(const Path& state_folder) { return JoinPath(state_folder, "runs.key"); }

std::optional<Origin> FindOrigin(const std::vector<PastRun>& runs, const nomad::JobRef& ref,
                                 const JobPoint& point) {
  JobPoint at = point;
  while (at.exists && at.index && at.version) {
    const auto found = FindWrite(runs, ref, [&](const PastWrite& write) {
      return write.after.index == at.index && write.after.version == at.version;
    });
    if (!found) return std::nullopt;
    const PastWrite& write = *found->write;
    const bool of_spec =
        write.kind == WriteKind::kRegister && found->job->move != MoveName(Move::kTakeDown);
    if (of_spec) return OriginOf(*found->run, *found->job);
    JobPoint earlier = write.before;
    if (write.kind == WriteKind::kRevert) {
      const auto version = FindWrite(runs, ref, [&](const PastWrite& it) {
        return it.after.version == write.to && *it.after.index < *at.index;
      });
      if (!version) return std::nullopt;
      earlier = version->write->after;
    }
    if (!earlier.index || *earlier.index >= *at.index) return std::nullopt;
    at = earlier;
  }
  return std::nullopt;
}

Origin OriginAsTakenAway(const PastRun& run, const PastJob& job) {
  Origin origin = OriginOf(run, job);
  origin.registered = false;
  return origin;
}

}  // namespace nmgr::rollout
