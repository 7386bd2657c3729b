// A Nomad in memory for the tests of this folder: jobs, evaluations, deployments and allocations
// that change only when somebody waits for them. Each job has a queue of things that will happen to
// it; a blocking query that would block lets the next one happen, and where there is none it moves
// the clock by the time it would have waited. So a test of a five minute limit takes no time and
// never depends on timing.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/contact.h"
#include "rollout/simulated_job.h"

namespace nmgr::rollout::testing {

class ManualClock : public Clock {
 public:
  TimePoint Now() override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  WallTime Wall() override {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(Now().time_since_epoch()));
  }
  void Advance(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ = DeadlineAfter(now_, by);
  }
  void Sleep(Duration pause, std::stop_token stop) override {
    if (!stop.stop_requested()) Advance(pause);
  }

 private:
  std::mutex mutex_;
  TimePoint now_{};
};

class SimulatedNomad : public nomad::JobClient, public Futures {
 public:
  explicit SimulatedNomad(ManualClock& clock) : clock_(clock) {}

  // What the next registers of this job lead to. The job, its evaluation ("eval-ID-VERSION",
  // complete) and, for services, its deployment ("dep-ID-VERSION", running) and pending allocations
  // are there already. Default: Healthy.
  std::map<std::string, std::function<void(SimulatedJob&)>> on_register;

  // Asked before each call with "REGISTER web" and how often that was called before: an error is
  // answered and nothing done. `after` is asked when it was done: the answer is lost.
  std::function<std::optional<Error>(const std::string&, int)> before;
  std::function<std::optional<Error>(const std::string&, int)> after;
  // Called at each call, outside of any lock.
  std::function<void(const std::string&)> seen;

  SimulatedJob& job(const std::string& id) { return jobs_.at(id); }
  bool Has(const std::string& id) const { return jobs_.contains(id); }
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<std::string> writes() const {
    std::vector<std::string> found;
    for (const std::string& call : calls()) {
      if (call.starts_with("REGISTER") || call.starts_with("STOP") || call.starts_with("PURGE") ||
          call.starts_with("EVALUATE") || call.starts_with("PROMOTE") ||
          call.starts_with("RESTART")) {
        found.push_back(call);
      }
    }
    return found;
  }
  int CountOf(const std::string& prefix) const {
    int n = 0;
    for (const std::string& call : calls()) n += call.starts_with(prefix) ? 1 : 0;
    return n;
  }
  void ClearCalls() { calls_.clear(); }
  std::set<std::string> brief;  // calls that would not outlive a restart of the server
  std::optional<nomad::RegisterRequest> last_register;
  nomad::Contact contact;

  // Registers as another client would: any text, at once healthy.
  void PutJob(const std::string& id, const std::string& text) {
    const std::lock_guard lock(mutex_);
    Store(id, text);
    Healthy(jobs_[id]);
    while (!jobs_[id].future.empty()) Happen(jobs_[id]);
  }

  // A change by somebody else.
  void Touch(const std::string& id, const std::function<void(SimulatedJob&)>& change) {
    const std::lock_guard lock(mutex_);
    change(jobs_.at(id));
    jobs_.at(id).job.job_modify_index = ++index_;
  }

  // JobClient.
  Expected<nomad::RawJob> ParseJob(const nomad::JobRef& ref, const std::string& flat,
                                   const nomad::Call& call) override {
    if (auto error = Note("PARSE " + ref.id, call)) return *error;
    return nomad::RawJob{{"ID", ref.id}, {"Text", flat}};
  }

  Expected<nomad::JobVerdict> ValidateJob(const nomad::JobRef& ref, const nomad::RawJob&,
                                          const nomad::Call& call) override {
    if (auto error = Note("VALIDATE " + ref.id, call)) return *error;
    return nomad::JobVerdict{};
  }

  Expected<nomad::JobPlan> PlanJob(const nomad::JobRef& ref, const nomad::RawJob& raw,
                                   const nomad::Call& call) override {
    if (auto error = Note("PLAN " + ref.id, call)) return *error;
    const std::lock_guard lock(mutex_);
    nomad::JobPlan plan;
    const std::string text = raw.at("Text");
    const auto found = jobs_.find(ref.id);
    const std::string before_text = found == jobs_.end() ? "" : found->second.text;
    const bool stopped = found != jobs_.end() && found->second.job.stop;
    plan.diff_type = found == jobs_.end()             ? "Added"
                     : stopped || before_text != text ? "Edited"
                                                      : "None";
    plan.job_modify_index = found == jobs_.end() ? 0 : found->second.job.job_modify_index;
    if (plan.diff_type != "None") plan.updates["g"]["DestructiveUpdate"] = 1;
    plan.diff = std::make_shared<const nlohmann::json>(
        nlohmann::json{{"Type", plan.diff_type}, {"Old", before_text}, {"New", text}});
    if (plan.diff_type == "Edited") {
      nlohmann::json changed = *plan.diff;
      changed["Fields"] = {{{"Name", "Text"}, {"Type", "Edited"}}};
      plan.diff = std::make_shared<const nlohmann::json>(std::move(changed));
    }
    return plan;
  }

  Expected<nomad::WriteResult> RegisterJob(const nomad::JobRef& ref,
                                           const nomad::RegisterRequest& request,
                                           const nomad::Call& call) override {
    if (auto error = Note("REGISTER " + ref.id, call)) return *error;
    std::unique_lock lock(mutex_);
    last_register = request;
    const auto found = jobs_.find(ref.id);
    const std::uint64_t now = found == jobs_.end() ? 0 : found->second.job.job_modify_index;
    if (now != request.job_modify_index) {
      return Error{ErrorCode::kConflict,
                   "POST /v1/jobs: Enforcing job modify index " +
                       std::to_string(request.job_modify_index) +
                       ": job exists with conflicting job modify index: " + std::to_string(now)};
    }
    Store(ref.id, request.job.at("Text"));
    SimulatedJob& it = jobs_[ref.id];
    const auto behaviour = on_register.find(ref.id);
    if (behaviour == on_register.end()) {
      Healthy(it);
    } else {
      behaviour->second(it);
    }
    nomad::WriteResult result;
    if (!it.evaluations.empty()) result.evaluation_id = it.evaluations.front().id;
    result.job_modify_index = it.job.job_modify_index;
    lock.unlock();
    if (auto error = Lose("REGISTER " + ref.id)) return *error;
    return result;
  }

  Expected<nomad::WriteResult> StopJob(const nomad::JobRef& ref, bool purge,
                                       const nomad::Call& call) override {
    const std::string name = (purge ? "PURGE " : "STOP ") + ref.id;
    if (auto error = Note(name, call)) return *error;
    std::unique_lock lock(mutex_);
    const auto found = jobs_.find(ref.id);
    nomad::WriteResult result;
    if (found != jobs_.end() && purge) {
      jobs_.erase(found);
      ++index_;
    } else if (found != jobs_.end()) {
      SimulatedJob& it = found->second;
      it.job.stop = true;
      ++it.job.version;
      it.job.status = "dead";
      it.job.job_modify_index = ++index_;
      it.future.clear();
      for (nomad::Allocation& allocation : it.allocations) allocation.desired_status = "stop";
      if (!undying.contains(ref.id)) {
        it.future.push_back([](SimulatedJob& job) {
          for (nomad::Allocation& allocation : job.allocations) {
            if (!allocation.IsTerminal()) allocation.client_status = "complete";
          }
        });
      }
      if (!it.job.periodic) {
        nomad::Evaluation evaluation;
        evaluation.id = "stop-" + ref.id;
        evaluation.status = "complete";
        it.evaluations.insert(it.evaluations.begin(), evaluation);
        result.evaluation_id = evaluation.id;
      }
    }
    lock.unlock();
    if (auto error = Lose(name)) return *error;
    return result;
  }
  std::set<std::string> undying;  // jobs whose allocations never end after a stop

  Expected<nomad::Indexed<nomad::Job>> ReadJob(const nomad::JobRef& ref,
                                               const nomad::BlockingQuery& query,
                                               const nomad::Call& call) override {
    if (auto error = Note("READ " + ref.id, call)) return *error;
    return Answer<nomad::Job>(ref.id, query, call, [](SimulatedJob& it) { return it.job; });
  }

  Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> ListJobs(
      const std::string& name_space, const std::string& region, const std::string& prefix,
      const nomad::Call& call) override {
    static_cast<void>(name_space);
    static_cast<void>(region);
    if (auto error = Note("LIST " + prefix, call)) return *error;
    const std::lock_guard lock(mutex_);
    nomad::Indexed<std::vector<nomad::JobSummary>> answer;
    answer.index = index_;
    for (const auto& [id, it] : jobs_) {
      if (!id.starts_with(prefix)) continue;
      nomad::JobSummary row;
      row.ref = it.job.ref;
      row.parent_id = it.job.parent_id;
      row.status = it.job.status;
      row.stop = it.job.stop;
      answer.value.push_back(row);
    }
    return answer;
  }

  Expected<nomad::Indexed<nomad::Evaluation>> ReadEvaluation(const std::string& id,
                                                             const nomad::JobRef& ref,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override {
    if (auto error = Note("EVALUATION " + id, call)) return *error;
    return Answer<nomad::Evaluation>(ref.id, query, call,
                                     [&id](SimulatedJob& it) { return it.EvaluationOf(id); });
  }

  Expected<nomad::Indexed<std::vector<nomad::Allocation>>> ListAllocations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override {
    if (auto error = Note("ALLOCATIONS " + ref.id, call)) return *error;
    auto answer = Answer<std::vector<nomad::Allocation>>(
        ref.id, query, call, [](SimulatedJob& it) { return it.allocations; });
    if (!answer && answer.error().code == ErrorCode::kNotFound) {
      return nomad::Indexed<std::vector<nomad::Allocation>>{{}, index_};
    }
    return answer;
  }

  Expected<nomad::Indexed<std::optional<nomad::Deployment>>> LatestDeployment(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override {
    if (auto error = Note("DEPLOYMENT-OF " + ref.id, call)) return *error;
    return Answer<std::optional<nomad::Deployment>>(ref.id, query, call,
                                                    [](SimulatedJob& it) { return it.deployment; });
  }

  Expected<nomad::Indexed<nomad::Deployment>> ReadDeployment(const std::string& id,
                                                             const nomad::JobRef& ref,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override {
    if (auto error = Note("DEPLOYMENT " + id, call)) return *error;
    return Answer<nomad::Deployment>(ref.id, query, call,
                                     [&id](SimulatedJob& it) { return it.deployments.at(id); });
  }

  Expected<nomad::Indexed<std::vector<nomad::Evaluation>>> ListEvaluations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override {
    if (auto error = Note("EVALUATIONS " + ref.id, call)) return *error;
    return Answer<std::vector<nomad::Evaluation>>(ref.id, query, call,
                                                  [](SimulatedJob& it) { return it.evaluations; });
  }

  Expected<std::vector<nomad::Allocation>> ListAllAllocations(const std::string& name_space,
                                                              const std::string&,
                                                              const nomad::Call& call) override {
    return Collect<nomad::Allocation>(
        "ALL-ALLOCATIONS " + name_space, call, [](const SimulatedJob& it, auto& all) {
          all.insert(all.end(), it.allocations.begin(), it.allocations.end());
          for (nomad::Allocation& allocation : all) allocation.tasks.clear();
        });
  }

  Expected<std::vector<nomad::Deployment>> ListAllDeployments(const std::string& name_space,
                                                              const std::string&,
                                                              const nomad::Call& call) override {
    return Collect<nomad::Deployment>("ALL-DEPLOYMENTS " + name_space, call,
                                      [](const SimulatedJob& it, auto& all) {
                                        if (it.deployment) all.push_back(*it.deployment);
                                      });
  }

  Expected<std::vector<nomad::Evaluation>> ListBlockedEvaluations(
      const std::string& name_space, const std::string&, const nomad::Call& call) override {
    return Collect<nomad::Evaluation>("BLOCKED " + name_space, call,
                                      [](const SimulatedJob& it, auto& all) {
                                        for (const nomad::Evaluation& evaluation : it.evaluations) {
                                          if (evaluation.status != "blocked") continue;
                                          all.push_back(evaluation);
                                          all.back().job_id = it.job.ref.id;
                                        }
                                      });
  }

  // What an evaluation leads to, by job. Default: failed allocations are placed anew and run.
  std::map<std::string, std::function<void(SimulatedJob&)>> on_evaluate;

  Expected<nomad::WriteResult> EvaluateJob(const nomad::JobRef& ref,
                                           const nomad::Call& call) override {
    if (auto error = Note("EVALUATE " + ref.id, call)) return *error;
    const std::lock_guard lock(mutex_);
    SimulatedJob& it = jobs_.at(ref.id);
    nomad::Evaluation evaluation;
    evaluation.id = "forced-" + ref.id;
    evaluation.status = "complete";
    it.evaluations.insert(it.evaluations.begin(), evaluation);
    const auto behaviour = on_evaluate.find(ref.id);
    if (behaviour != on_evaluate.end()) {
      behaviour->second(it);
    } else {
      ReplaceFailed(it);
    }
    ++index_;
    nomad::WriteResult result;
    result.evaluation_id = evaluation.id;
    return result;
  }

  Expected<nomad::WriteResult> PromoteDeployment(const std::string& id, const nomad::JobRef& ref,
                                                 const nomad::Call& call) override {
    if (auto error = Note("PROMOTE " + id, call)) return *error;
    const std::lock_guard lock(mutex_);
    SimulatedJob& it = jobs_.at(ref.id);
    for (nomad::DeploymentGroup& group : it.deployment->groups) group.promoted = true;
    it.deployments[id] = *it.deployment;
    it.future.push_back([](SimulatedJob& job) { job.EndDeployment("successful"); });
    ++index_;
    nomad::WriteResult result;
    result.evaluation_id = "promotion";
    return result;
  }

  std::map<std::string, std::vector<nomad::CheckResult>> checks;  // by allocation ID

  Expected<std::vector<nomad::CheckResult>> ReadChecks(const std::string& allocation,
                                                       const nomad::JobRef&,
                                                       const nomad::Call& call) override {
    if (auto error = Note("CHECKS " + allocation, call)) return *error;
    const auto found = checks.find(allocation);
    if (found == checks.end()) return std::vector<nomad::CheckResult>{};
    return found->second;
  }

  // What restarting an allocation of this job leads to; default: its tasks start again at the next
  // look.
  std::map<std::string, std::function<void(SimulatedJob&, nomad::Allocation&)>> on_restart;

  Expected<void> RestartAllocation(const std::string& id, const std::string& task,
                                   const nomad::JobRef& ref, const nomad::Call& call) override {
    if (auto error = Note("RESTART " + id + (task.empty() ? "" : " " + task), call)) return *error;
    const std::lock_guard lock(mutex_);
    SimulatedJob& it = jobs_.at(ref.id);
    for (nomad::Allocation& allocation : it.allocations) {
      if (allocation.id != id) continue;
      const auto behaviour = on_restart.find(ref.id);
      if (behaviour != on_restart.end()) {
        behaviour->second(it, allocation);
      } else {
        it.future.push_back([id, task](SimulatedJob& job) { StartAgain(job, id, task); });
      }
    }
    ++index_;
    const std::string name = "RESTART " + id;
    if (after) {
      if (auto error = after(name, after_[name]++)) return *error;
    }
    return {};
  }

  Expected<nomad::WriteResult> RevertJob(const nomad::JobRef& ref, std::uint64_t version,
                                         std::uint64_t, const nomad::Call& call) override {
    if (auto error = Note("REVERT " + ref.id + " " + std::to_string(version), call)) return *error;
    return Error{ErrorCode::kRejected, "versions are not kept"};
  }

  // What stopping an allocation of this job leads to beside its end; default: another one runs in
  // its stead at the next look.
  std::map<std::string, std::function<void(SimulatedJob&, const nomad::Allocation&)>> on_stop;

  Expected<nomad::WriteResult> StopAllocation(const std::string& id, const nomad::JobRef& ref,
                                              const nomad::Call& call) override {
    if (auto error = Note("STOP " + id, call)) return *error;
    const std::lock_guard lock(mutex_);
    SimulatedJob& it = jobs_.at(ref.id);
    for (std::size_t i = 0; i < it.allocations.size(); ++i) {
      if (it.allocations[i].id != id) continue;
      const nomad::Allocation old = it.allocations[i];
      it.allocations[i].desired_status = "stop";
      const auto behaviour = on_stop.find(ref.id);
      if (behaviour != on_stop.end()) {
        behaviour->second(it, old);
      } else {
        it.future.push_back([old](SimulatedJob& job) { PlaceAgain(job, old); });
      }
    }
    ++index_;
    if (after) {
      if (auto error = after("STOP " + id, after_["STOP " + id]++)) return *error;
    }
    return nomad::WriteResult{};
  }

  // Another allocation runs in the stead of this one.
  static nomad::Allocation& PlaceAgain(SimulatedJob& job, nomad::Allocation row) {
    row.id += "-again";
    for (nomad::TaskState& task : row.tasks) task.started_at += "!";
    return job.allocations.emplace_back(std::move(row));
  }

  Expected<std::vector<nomad::JobVersion>> ListVersions(const nomad::JobRef& ref,
                                                        const nomad::Call& call) override {
    if (auto error = Note("VERSIONS " + ref.id, call)) return *error;
    return std::vector<nomad::JobVersion>{};
  }

  Expected<std::vector<nomad::ServiceInstance>> ListServices(const nomad::JobRef& ref,
                                                             const nomad::Call& call) override {
    if (auto error = Note("SERVICES " + ref.id, call)) return *error;
    return std::vector<nomad::ServiceInstance>{};
  }

  // As a server before Nomad 1.8, so that each wait is a blocking query of its own.
  Expected<nomad::Indexed<std::vector<nomad::JobStanding>>> AwaitJobs(
      const std::vector<nomad::JobRef>&, const nomad::BlockingQuery&, const nomad::Call&) override {
    return Error{ErrorCode::kNotFound, "POST /v1/jobs/statuses is not served"};
  }

  Expected<nomad::Indexed<nomad::NamespaceTable>> AwaitChange(nomad::NamespaceTable table,
                                                              const nomad::JobRef& place,
                                                              const nomad::BlockingQuery&,
                                                              const nomad::Call& call) override {
    if (auto error = Note("CHANGE " + place.name_space, call)) return *error;
    const std::lock_guard lock(mutex_);
    return nomad::Indexed<nomad::NamespaceTable>{table, index_};
  }

  Expected<void> CheckNamespace(const nomad::JobRef& place, const nomad::Call& call) override {
    if (place.name_space.empty()) return {};
    if (auto error = Note("NAMESPACE " + place.name_space, call)) return *error;
    return {};
  }

  Expected<void> Ping(const nomad::Call& call) override {
    if (auto error = Note("PING", call)) return *error;
    return {};
  }

  // Stores `text` as the next version of the job, with its evaluation, deployment and allocations.
  void Store(const std::string& id, const std::string& text) {
    SimulatedJob& it = jobs_[id];
    const bool first = it.job.job_modify_index == 0;
    const std::uint64_t version = first ? 0 : it.job.version + 1;
    it.job = Parse(id, text);
    it.job.version = version;
    it.job.job_modify_index = ++index_;
    it.job.status = "running";
    it.text = text;
    it.future.clear();
    if (it.job.periodic || it.job.parameterized) return;
    nomad::Evaluation evaluation;
    evaluation.id = "eval-" + id + "-" + std::to_string(version);
    evaluation.status = "complete";
    const bool deploys = it.job.type == "service" || it.job.type == "system";
    for (nomad::Allocation& old : it.allocations) {
      old.desired_status = "stop";
      if (!old.IsTerminal()) old.client_status = "complete";
    }
    if (deploys) {
      it.deployment = nomad::Deployment{};
      it.deployment->id = "dep-" + id + "-" + std::to_string(version);
      it.deployment->job_id = id;
      it.deployment->job_version = version;
      it.deployment->status = "running";
      evaluation.deployment_id = it.deployment->id;
    }
    for (const nomad::TaskGroup& group : it.job.groups) {
      if (deploys) {
        nomad::DeploymentGroup state;
        state.name = group.name;
        state.desired_total = group.count;
        it.deployment->groups.push_back(state);
      }
      for (int i = 0; i < group.count; ++i) it.allocations.push_back(Place(it, group, i));
    }
    if (deploys) it.deployments[it.deployment->id] = *it.deployment;
    it.evaluations.insert(it.evaluations.begin(), evaluation);
  }

 private:
  template <class T, class Add>
  Expected<std::vector<T>> Collect(const std::string& name, const nomad::Call& call, Add add) {
    if (auto error = Note(name, call)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<T> all;
    for (const auto& [id, it] : jobs_) add(it, all);
    return all;
  }

  void ReplaceFailed(SimulatedJob& it) {
    std::vector<nomad::Allocation> placed;
    for (nomad::Allocation& old : it.allocations) {
      if (old.desired_status != "run" || old.client_status != "failed") continue;
      old.desired_status = "stop";
      nomad::Allocation anew = Place(it, {old.group, 1}, 0);
      anew.name = old.name;
      placed.push_back(anew);
    }
    for (nomad::Allocation& allocation : placed) it.allocations.push_back(allocation);
    it.future.push_back([](SimulatedJob& job) {
      for (nomad::Allocation& allocation : job.allocations) {
        if (allocation.client_status == "pending") allocation.client_status = "running";
      }
    });
  }

  nomad::Allocation Place(const SimulatedJob& it, const nomad::TaskGroup& group, int number) {
    nomad::Allocation allocation;
    allocation.id = "alloc-" + std::to_string(++allocations_);
    allocation.name = it.job.ref.id + "." + group.name + "[" + std::to_string(number) + "]";
    allocation.job_id = it.job.ref.id;
    allocation.group = group.name;
    allocation.node_name = "node1";
    allocation.client_status = "pending";
    allocation.desired_status = "run";
    allocation.job_version = it.job.version;
    allocation.create_index = static_cast<std::uint64_t>(allocations_);
    return allocation;
  }

  void Happen(SimulatedJob& it) {
    auto next = std::move(it.future.front());
    it.future.pop_front();
    next(it);
    ++index_;
  }

  template <class T, class Get>
  Expected<nomad::Indexed<T>> Answer(const std::string& id, const nomad::BlockingQuery& query,
                                     const nomad::Call& call, Get get) {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return Error{ErrorCode::kNotFound, "GET " + id + ": job not found"};
    SimulatedJob& it = found->second;
    if (query.index >= index_ && query.index != 0) {
      if (!it.future.empty()) {
        Happen(it);
      } else {
        clock_.Advance(query.wait);
      }
    }
    if (clock_.Now() > call.deadline)
      return Error{ErrorCode::kTimedOut, "GET " + id + ": timed out"};
    return nomad::Indexed<T>{get(it), index_};
  }

  std::optional<Error> Note(const std::string& name, const nomad::Call& call) {
    if (seen) seen(name);
    const std::lock_guard lock(mutex_);
    calls_.push_back(name);
    const bool spared = call.deadline - clock_.Now() < Duration{10'000};  // only to say more
    if (call.patience == nomad::Patience::kBrief && !spared) brief.insert(name);
    if (call.stop.stop_requested()) return Error{ErrorCode::kInterrupted, name + ": interrupted"};
    if (before) {
      if (auto error = before(name, before_[name]++)) {
        const bool answered =
            error->code != ErrorCode::kUnreachable && error->code != ErrorCode::kTimedOut;
        contact.NoteFailed(*error, answered);
        return error;
      }
    }
    contact.NoteGranted();
    return std::nullopt;
  }

  std::optional<Error> Lose(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (after) return after(name, after_[name]++);
    return std::nullopt;
  }

  ManualClock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, SimulatedJob> jobs_;
  std::vector<std::string> calls_;
  std::map<std::string, int> before_;
  std::map<std::string, int> after_;
  std::uint64_t index_ = 10;
  int allocations_ = 0;
};

}  // namespace nmgr::rollout::testing
