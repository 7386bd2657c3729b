#include "fake_nomad/cluster.h"

#include <utility>

#include "fake_nomad/canonical.h"
#include "fake_nomad/records.h"

namespace nmgr::fake {
namespace {

Json SubmissionOf(const Json& sent, const Json& job) {
  const Json& flags = Member(sent, "VariableFlags");
  return {{"Format", Text(sent, "Format")},
          {"JobID", Text(job, "ID")},
          {"JobModifyIndex", Number(job, "JobModifyIndex")},
          {"Namespace", Text(job, "Namespace")},
          {"Source", Text(sent, "Source")},
          {"VariableFlags", IsEmpty(flags) ? Json() : flags},
          {"Variables", Text(sent, "Variables")},
          {"Version", Number(job, "Version")}};
}

// Whether the job launches by its schedule: not once it is stopped, and one that is parameterized
// too only when it is dispatched.
bool IsTracked(const Json& job) {
  const bool waits_for_dispatch =
      Member(job, "ParameterizedJob").is_object() && !Flag(job, "Dispatched");
  return Member(job, "Periodic").is_object() && !Flag(job, "Stop") && !waits_for_dispatch;
}

std::string EnforcementError(const RegisterRequest& request, const Doc& existing) {
  if (!request.enforce_index) return {};
  const std::string text = "Enforcing job modify index " + std::to_string(request.job_modify_index);
  if (existing == nullptr)
    return request.job_modify_index == 0 ? "" : text + ": job does not exist";
  if (request.job_modify_index == 0) return text + ": job already exists";
  const auto live = static_cast<std::uint64_t>(Number(*existing, "JobModifyIndex"));
  if (live == request.job_modify_index) return {};
  return text + ": job exists with conflicting job modify index: " + std::to_string(live);
}

}  // namespace

Result<Written> Cluster::Register(RegisterRequest request, Nanos now) {
  const JobKey key = KeyOf(request.job);
  if (namespaces_.count(key.ns) == 0) {
    return Refuse(500, "1 error occurred:\n\t* job \"" + key.id +
                           "\" is in nonexistent namespace \"" + key.ns + "\"\n\n");
  }
  const Doc existing = store_.Job(key);
  const std::string conflict = EnforcementError(request, existing);
  if (!conflict.empty()) return Refuse(500, conflict);
  if (existing == nullptr || !SameSpec(*existing, request.job)) {
    return PutVersion(std::move(request.job), existing, request.submission, now);
  }
  Written written{
      store_.NextIndex(), static_cast<std::uint64_t>(Number(*existing, "JobModifyIndex")), {}, 0};
  if (IsParent(*existing)) return written;
  written.evaluation_index = written.index;
  written.evaluation = RunEvaluation(*existing, "job-register", now);
  return written;
}

Written Cluster::PutVersion(Json job, const Doc& existing, const Json& submission, Nanos now) {
  Written written;
  written.index = written.job_modify_index = store_.NextIndex();
  job["JobModifyIndex"] = written.index;
  job["SubmitTime"] = now;
  job["Stable"] = false;
  job["Version"] = existing == nullptr ? 0 : Number(*existing, "Version") + 1;
  job["Status"] = IsParent(job)         ? "running"
                  : existing == nullptr ? "pending"
                                        : Text(*existing, "Status");
  const JobKey key = KeyOf(job);
  store_.PutJob(job, "JobRegistered");
  if (Flag(job, "Stop")) CancelDeployments(key, "Cancelled because job is stopped", now);
  if (!submission.is_null()) {
    store_.PutSubmission(key, static_cast<std::uint64_t>(Number(job, "Version")),
                         MakeDoc(SubmissionOf(submission, job)));
  }
  if (IsParent(job)) return written;
  written.evaluation_index = written.index;
  written.evaluation = RunEvaluation(*store_.Job(key), "job-register", now);
  return written;
}

Written Cluster::Stop(const JobKey& key, bool purge, Nanos now) {
  const Doc existing = store_.Job(key);
  if (existing == nullptr) return {};
  Written written;
  written.index = written.job_modify_index = written.evaluation_index = store_.NextIndex();
  if (purge) {
    store_.Purge(key, "JobDeregistered");
    Json evaluation = NewEvaluation(store_.NewId(), *existing, "job-deregister", now);
    written.evaluation = Text(evaluation, "ID");
    store_.PutEvaluation(evaluation, "JobDeregistered");
    FinishEvaluation(std::move(evaluation), {}, *existing, false, now);
    return written;
  }
  Json job = *existing;
  job["Stop"] = true;
  for (Json& group : job["TaskGroups"]) {
    if (group["Scaling"].is_object()) group["Scaling"]["Enabled"] = false;
  }
  job["JobModifyIndex"] = written.index;
  job["Version"] = Number(*existing, "Version") + 1;
  job["SubmitTime"] = now;
  store_.PutJob(job, "JobDeregistered");
  CancelDeployments(key, "Cancelled because job is stopped", now);
  written.evaluation = RunEvaluation(*store_.Job(key), "job-deregister", now);
  return written;
}

std::string Cluster::RunEvaluation(const Json& job, const char* trigger, Nanos now,
                                   const std::string& deployment) {
  const JobKey key = KeyOf(job);
  const std::string id = store_.NewId();
  const bool stopping = std::string_view(trigger) == "job-deregister";
  CancelBlockedEvaluations(key);
  store_.PutEvaluation(NewEvaluation(id, job, trigger, now),
                       stopping ? "JobDeregistered" : "JobRegistered");
  const bool unplaceable = Covers(behaviour_.never, key.id);
  const std::vector<GroupDecision> decisions = Decide(store_, job);
  store_.NextIndex();
  store_.PutEvaluation(*store_.Evaluation(id), "PlanResult");
  const std::string opened =
      deployment.empty() ? OpenDeployment(job, decisions, unplaceable, now) : deployment;
  if (!deployment.empty()) CountPlaced(deployment, decisions);
  Apply(decisions, job, id, opened, now);
  Json evaluation = *store_.Evaluation(id);
  // Where none was opened Nomad names the latest, be it of an older version.
  const std::vector<Doc> deployments = store_.DeploymentsOf(key);
  if (!opened.empty()) {
    evaluation["DeploymentID"] = opened;
  } else if (!deployments.empty() && !IsBatch(job)) {
    evaluation["DeploymentID"] = Text(*deployments.back(), "ID");
  }
  RefreshStatus(key, "PlanResult");
  FinishEvaluation(std::move(evaluation), decisions, job, unplaceable, now);
  return id;
}

void Cluster::FinishEvaluation(Json evaluation, const std::vector<GroupDecision>& decisions,
                               const Json& job, bool unplaceable, Nanos now) {
  evaluation["SnapshotIndex"] = store_.index();
  store_.NextIndex();
  Json queued = Json::object();
  Json failed = Json::object();
  for (const GroupDecision& decision : decisions) {
    const std::size_t wanted = decision.place.size() + decision.destructive.size();
    const bool fails = unplaceable && wanted != 0;
    queued[decision.group] = fails && !IsSystem(job) ? wanted : 0;
    if (fails) failed[decision.group] = FailedPlacement(job);
  }
  evaluation["PlanAnnotations"] = {
      {"DesiredTGUpdates", DesiredUpdates(decisions, job, unplaceable)},
      {"PreemptedAllocs", nullptr}};
  evaluation["QueuedAllocations"] = std::move(queued);
  evaluation["Status"] = "complete";
  evaluation["ModifyTime"] = now;
  if (!failed.empty()) {
    evaluation["FailedTGAllocs"] = std::move(failed);
    if (!IsSystem(job)) evaluation["BlockedEval"] = AddBlockedEvaluation(evaluation, job, now);
  }
  store_.PutEvaluation(std::move(evaluation), "EvaluationUpdated");
  RefreshStatus(KeyOf(job), "EvaluationUpdated");
}

std::string Cluster::AddBlockedEvaluation(const Json& evaluation, const Json& job, Nanos now) {
  Json blocked = NewEvaluation(store_.NewId(), job, "queued-allocs", now);
  blocked["ClassEligibility"] = {{"v1:12870075273652859411", false}};
  blocked["FailedTGAllocs"] = evaluation["FailedTGAllocs"];
  blocked["PreviousEval"] = evaluation["ID"];
  blocked["Status"] = "blocked";
  blocked["StatusDescription"] = "created to place remaining allocations";
  std::string id = Text(blocked, "ID");
  store_.PutEvaluation(std::move(blocked), "EvaluationUpdated");
  return id;
}

void Cluster::SetBehaviour(Behaviour behaviour, Nanos now) {
  behaviour_ = std::move(behaviour);
  for (const Doc& job : store_.Jobs()) {
    if (Flag(*job, "Stop") || Covers(behaviour_.never, Text(*job, "ID"))) continue;
    bool waiting = false;
    for (const Doc& evaluation : store_.EvaluationsOf(KeyOf(*job))) {
      waiting = waiting || Text(*evaluation, "Status") == "blocked";
    }
    if (!waiting) continue;
    store_.NextIndex();
    RunEvaluation(*job, "queued-allocs", now);
  }
}

Json Cluster::ChildOf(const Json& parent, const std::string& id) const {
  Json child = parent;
  child["ID"] = child["Name"] = id;
  child["ParentID"] = Text(parent, "ID");
  child["Status"] = "";
  return child;
}

Result<Written> Cluster::RunChild(Json child, const char* trigger, Nanos now) {
  Written written;
  written.index = written.job_modify_index = written.evaluation_index = store_.NextIndex();
  child["JobModifyIndex"] = written.index;
  child["SubmitTime"] = now;
  child["Version"] = 0;
  const bool launches = IsParent(child);  // what is dispatched of a periodic job
  child["Status"] = launches ? "running" : "pending";
  const JobKey key = KeyOf(child);
  store_.PutJob(std::move(child), "JobRegistered");
  if (launches) {
    written.evaluation_index = 0;
    return written;
  }
  written.evaluation = RunEvaluation(*store_.Job(key), trigger, now);
  return written;
}

Result<Written> Cluster::ForcePeriodic(const JobKey& key, Nanos now, std::string* child) {
  const Doc parent = store_.Job(key);
  if (parent == nullptr) return Refuse(404, "job not found");
  if (!Member(*parent, "Periodic").is_object()) {
    return Refuse(500, "can't force launch non-periodic job");
  }
  if (!IsTracked(*parent)) {
    return Refuse(500, "force launch for job \"" + key.id +
                           "\" failed: can't force run non-tracked job \"" + key.id + "\" (" +
                           key.ns + ")");
  }
  Nanos second = now / kSecond;
  const auto id_at = [&key](Nanos time) { return key.id + "/periodic-" + std::to_string(time); };
  while (store_.Job({key.ns, id_at(second)}) != nullptr) ++second;
  if (child != nullptr) *child = id_at(second);
  Json job = ChildOf(*parent, id_at(second));
  job["Periodic"] = nullptr;
  return RunChild(std::move(job), "periodic-job", now);
}

Result<Written> Cluster::Dispatch(const JobKey& key, const Json& meta, const Json& payload,
                                  Nanos now, std::string* child) {
  const Doc parent = store_.Job(key);
  if (parent == nullptr) return Refuse(500, "parameterized job not found");
  if (!Member(*parent, "ParameterizedJob").is_object()) {
    return Refuse(500, "Specified job \"" + key.id + "\" is not a parameterized job");
  }
  if (Flag(*parent, "Stop")) {
    return Refuse(500, "Specified job \"" + key.id + "\" is stopped");
  }
  const std::string id =
      key.id + "/dispatch-" + std::to_string(now / kSecond) + "-" + store_.NewId().substr(0, 8);
  Json job = ChildOf(*parent, id);
  job["Dispatched"] = true;
  job["Payload"] = payload;
  if (meta.is_object()) {
    if (!job["Meta"].is_object()) job["Meta"] = Json::object();
    job["Meta"].update(meta);
  }
  if (child != nullptr) *child = id;
  return RunChild(std::move(job), "job-register", now);
}

Result<Written> Cluster::Revert(const JobKey& key, std::uint64_t version,
                                std::optional<std::uint64_t> prior_version, Nanos now) {
  const Doc current = store_.Job(key);
  if (current == nullptr) return Refuse(404, "job not found");
  const auto live = static_cast<std::uint64_t>(Number(*current, "Version"));
  if (version == live) return Refuse(500, "can't revert to current version");
  if (prior_version.has_value() && *prior_version != live) {
    return Refuse(500, "Current job has version " + std::to_string(live) + "; enforcing version " +
                           std::to_string(*prior_version));
  }
  const Doc wanted = store_.JobVersion(key, version);
  if (wanted == nullptr) {
    return Refuse(500, "job \"" + key.id + "\" in namespace \"" + key.ns + "\" at version " +
                           std::to_string(version) + " not found");
  }
  Json job = *wanted;  // stopped if that version was
  const Doc submission = store_.Submission(key, version);
  return PutVersion(std::move(job), current, submission == nullptr ? Json() : *submission, now);
}

Result<Written> Cluster::Evaluate(const JobKey& key, Nanos now, bool force) {
  const Doc job = store_.Job(key);
  if (job == nullptr) return Refuse(500, "job not found");
  if (Member(*job, "Periodic").is_object()) return Refuse(500, "can't evaluate periodic job");
  if (IsParent(*job)) return Refuse(500, "can't evaluate parameterized job");
  Written written;
  written.index = written.evaluation_index = store_.NextIndex();
  written.job_modify_index = static_cast<std::uint64_t>(Number(*job, "JobModifyIndex"));
  written.evaluation = RunEvaluation(*job, "job-register", now);
  if (force) ReplaceFailed(*store_.Job(key), written.evaluation, now);
  return written;
}

Result<Written> Cluster::Scale(const JobKey& key, const std::string& group, std::int64_t count,
                               Nanos now) {
  const Doc existing = store_.Job(key);
  if (existing == nullptr) return Refuse(404, "job not found");
  for (const Doc& deployment : store_.DeploymentsOf(key)) {
    if (Text(*deployment, "Status") == "running") {
      return Refuse(400, "job scaling blocked due to active deployment");
    }
  }
  Json job = *existing;
  for (Json& known : job["TaskGroups"]) {
    if (Text(known, "Name") != group) continue;
    const Json& most = Member(Member(known, "Scaling"), "Max");
    if (most.is_number() && count > most.get<std::int64_t>()) {
      return Refuse(400, "group count was greater than scaling policy maximum: " +
                             std::to_string(count) + " > " + std::to_string(most.get<int>()));
    }
    known["Count"] = count;
    return PutVersion(std::move(job), existing, Json(), now);
  }
  return Refuse(400, "task group \"" + group + "\" specified for scaling does not exist in job");
}

}  // namespace nmgr::fake
