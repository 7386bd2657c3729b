#include "support/scripted_nomad.h"

#include <utility>

namespace nmgr::testing {
namespace {

using nomad::BlockingQuery;
using nomad::Call;
using nomad::Indexed;
using nomad::JobRef;

template <class T>
Expected<Indexed<T>> Find(const std::map<std::string, T>& table, const std::string& id,
                          const char* what) {
  const auto found = table.find(id);
  if (found == table.end())
    return Error{ErrorCode::kNotFound, std::string(what) + " not found", ""};
  return Indexed<T>{found->second, 1};
}

template <class T>
T FindOr(const std::map<std::string, T>& table, const std::string& id) {
  const auto found = table.find(id);
  return found == table.end() ? T() : found->second;
}

}  // namespace

std::vector<std::string> ScriptedNomad::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<nomad::RegisterRequest> ScriptedNomad::registered() const {
  const std::lock_guard lock(mutex_);
  return registered_;
}

Expected<void> ScriptedNomad::Enter(const std::string& line, const Call& call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(line);
  }
  if (call.stop.stop_requested()) return Error{ErrorCode::kInterrupted, line + ": interrupted", ""};
  if (fail) {
    if (std::optional<Error> error = fail(line)) return *std::move(error);
  }
  return {};
}

Expected<nomad::RawJob> ScriptedNomad::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                                const Call& call) {
  TRY(Enter("PARSE " + ref.id, call));
  if (parsed.contains(ref.id)) return nomad::RawJob(parsed.at(ref.id));
  const std::size_t begin = flat_hcl.find('"');
  if (begin == std::string::npos) return Error{ErrorCode::kRejected, "no job block", ""};
  const std::size_t end = flat_hcl.find('"', begin + 1);
  return nomad::RawJob{{"ID", flat_hcl.substr(begin + 1, end - begin - 1)}};
}

Expected<nomad::JobPlan> ScriptedNomad::PlanJob(const JobRef& ref, const nomad::RawJob& job,
                                                const Call& call) {
  static_cast<void>(job);
  TRY(Enter("PLAN " + ref.id, call));
  if (plans.contains(ref.id)) return plans.at(ref.id);
  const std::lock_guard lock(mutex_);
  nomad::JobPlan plan;
  plan.diff_type = jobs.contains(ref.id) ? "None" : "Added";
  plan.job_modify_index = jobs.contains(ref.id) ? jobs.at(ref.id).job_modify_index : 0;
  plan.diff = std::make_shared<const nlohmann::json>(nlohmann::json{{"Type", plan.diff_type}});
  return plan;
}

Expected<nomad::WriteResult> ScriptedNomad::RegisterJob(const JobRef& ref,
                                                        const nomad::RegisterRequest& request,
                                                        const Call& call) {
  TRY(Enter("REGISTER " + ref.id, call));
  const std::lock_guard lock(mutex_);
  registered_.push_back(request);
  nomad::Job& job = jobs[ref.id];
  job.ref = ref;
  job.stop = false;
  job.status = "running";
  job.job_modify_index = ++index_;
  return nomad::WriteResult{"eval-" + ref.id, index_, index_, ""};
}

Expected<nomad::WriteResult> ScriptedNomad::StopJob(const JobRef& ref, bool purge,
                                                    const Call& call) {
  TRY(Enter((purge ? "PURGE " : "STOP ") + ref.id, call));
  const std::lock_guard lock(mutex_);
  if (!jobs.contains(ref.id)) return nomad::WriteResult{};
  if (purge) {
    jobs.erase(ref.id);
  } else {
    jobs[ref.id].stop = true;
    jobs[ref.id].status = "dead";
  }
  ++index_;
  return nomad::WriteResult{"eval-" + ref.id, index_, index_, ""};
}

Expected<Indexed<nomad::Job>> ScriptedNomad::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                                     const Call& call) {
  static_cast<void>(query);
  TRY(Enter("READ " + ref.id, call));
  const std::lock_guard lock(mutex_);
  return Find(jobs, ref.id, "job");
}

Expected<Indexed<std::vector<nomad::JobSummary>>> ScriptedNomad::ListJobs(
    const std::string& name_space, const std::string& region, const std::string& prefix,
    const Call& call) {
  static_cast<void>(region);
  TRY(Enter("LIST " + name_space, call));
  Indexed<std::vector<nomad::JobSummary>> answer{{}, 1};
  for (const nomad::JobSummary& job : listed) {
    const bool in = name_space == "*" || name_space.empty() || job.ref.name_space == name_space;
    if (in && job.ref.id.starts_with(prefix)) answer.value.push_back(job);
  }
  return answer;
}

Expected<Indexed<nomad::Evaluation>> ScriptedNomad::ReadEvaluation(const std::string& id,
                                                                   const JobRef& job,
                                                                   const BlockingQuery& query,
                                                                   const Call& call) {
  static_cast<void>(job);
  static_cast<void>(query);
  TRY(Enter("EVALUATION " + id, call));
  return Find(evaluations, id, "eval");
}

Expected<Indexed<std::vector<nomad::Allocation>>> ScriptedNomad::ListAllocations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  static_cast<void>(query);
  TRY(Enter("ALLOCATIONS " + ref.id, call));
  return Indexed<std::vector<nomad::Allocation>>{FindOr(allocations, ref.id), 1};
}

Expected<Indexed<std::optional<nomad::Deployment>>> ScriptedNomad::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  static_cast<void>(query);
  TRY(Enter("LATEST " + ref.id, call));
  Indexed<std::optional<nomad::Deployment>> answer{std::nullopt, 1};
  if (latest_deployments.contains(ref.id)) answer.value = latest_deployments.at(ref.id);
  return answer;
}

Expected<Indexed<nomad::Deployment>> ScriptedNomad::ReadDeployment(const std::string& id,
                                                                   const JobRef& job,
                                                                   const BlockingQuery& query,
                                                                   const Call& call) {
  static_cast<void>(job);
  static_cast<void>(query);
  TRY(Enter("DEPLOYMENT " + id, call));
  return Find(deployments, id, "deployment");
}

Expected<Indexed<std::vector<nomad::Evaluation>>> ScriptedNomad::ListEvaluations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  static_cast<void>(query);
  TRY(Enter("EVALUATIONS " + ref.id, call));
  return Indexed<std::vector<nomad::Evaluation>>{FindOr(evaluations_of, ref.id), 1};
}

Expected<std::vector<nomad::JobVersion>> ScriptedNomad::ListVersions(const JobRef& ref,
                                                                     const Call& call) {
  TRY(Enter("VERSIONS " + ref.id, call));
  return FindOr(versions, ref.id);
}

Expected<void> ScriptedNomad::CheckNamespace(const nomad::JobRef& place, const Call& call) {
  return Enter("NAMESPACE " + place.name_space, call);
}
Expected<void> ScriptedNomad::Ping(const Call& call) { return Enter("PING", call); }

}  // namespace nmgr::testing
