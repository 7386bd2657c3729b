// The runner of Move::kRestartInPlace and kReschedule: one allocation after another, each until its
// tasks, or those of what was placed in its stead, run again.
#include "rollout/restart.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/image_reference.h"
#include "nmgr/rollout/pulls.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/job_run.h"
#include "rollout/last_words.h"
#include "rollout/replacement.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

using Allocations = std::vector<nomad::Allocation>;

// A task that is to be restarted, as it was before, and the start that the restart led to.
struct Restarting {
  nomad::TaskState before;
  std::string started_at = {};  // "": not yet
};

const nomad::Allocation* Find(const Allocations& allocations, const std::string& id) {
  const auto found = std::find_if(allocations.begin(), allocations.end(),
                                  [&](const nomad::Allocation& row) { return row.id == id; });
  return found == allocations.end() ? nullptr : &*found;
}

const nomad::TaskState* Find(const nomad::Allocation& allocation, const std::string& task) {
  const auto found =
      std::find_if(allocation.tasks.begin(), allocation.tasks.end(),
                   [&](const nomad::TaskState& state) { return state.name == task; });
  return found == allocation.tasks.end() ? nullptr : &*found;
}

// What happened to a task since it was started by the restart, or, where it never was, since the
// restart took it down.
std::vector<nomad::TaskEvent> EventsSince(const nomad::TaskState& before,
                                          const nomad::TaskState& now) {
  const std::int64_t known = before.events.empty() ? 0 : before.events.back().time_ns;
  std::vector<nomad::TaskEvent> events;
  std::copy_if(now.events.begin(), now.events.end(), std::back_inserter(events),
               [known](const nomad::TaskEvent& event) { return event.time_ns > known; });
  for (const char* type : {"Started", "Terminated"}) {
    const auto found = std::find_if(events.begin(), events.end(),
                                    [type](const auto& event) { return event.type == type; });
    if (found == events.end()) continue;
    events.erase(events.begin(), found + 1);
    break;
  }
  return events;
}

// The wait for one allocation.
class RestartWait {
 public:
  RestartWait(const JobRun& run, const nomad::Allocation& allocation) : run_(run) {
    id_ = allocation.id;
    for (const nomad::TaskState& state : allocation.tasks) {
      const bool meant = run.intent.task.empty() || run.intent.task == state.name;
      if (meant && state.state == "running") tasks_.push_back({state});
    }
    settle_ = MinHealthyTime(*run.job.live, allocation.group);
  }

  bool HasTasks() const { return !tasks_.empty(); }
  // Whether every task has been seen to start anew.
  bool HasStarted() const {
    return std::all_of(tasks_.begin(), tasks_.end(),
                       [](const Restarting& task) { return !task.started_at.empty(); });
  }

  WaitResult Wait() {
    std::optional<TimePoint> well_since;
    auto end = Watch<Allocations>(
        run_.wait,
        [&](nomad::BlockingQuery query, const nomad::Call& call) {
          if (well_since) query.wait = std::min(query.wait, LeftOf(*well_since));
          return run_.wait.client.ListAllocations(run_.job.ref, query, call);
        },
        [&](const Allocations& allocations) -> std::optional<WaitResult> {
          if (auto ended = Look(allocations)) return ended;
          if (!well_) return std::nullopt;
          if (!well_since) well_since = run_.wait.clock.Now();
          if (LeftOf(*well_since) > Duration{1}) return std::nullopt;
          return EndedBy(WaitEnd::kReached, "running");
        });
    return end ? *std::move(end) : std::move(end).error();
  }

 private:
  // The end, or nothing and in well_ whether all that was restarted runs.
  std::optional<WaitResult> Look(const Allocations& allocations) {
    const nomad::Allocation* allocation = Find(allocations, id_);
    if (allocation == nullptr) return EndedBy(WaitEnd::kFailed, "Nomad no longer knows it");
    if (allocation->desired_status != "run") {
      return EndedBy(WaitEnd::kFailed, "somebody else stopped it meanwhile");
    }
    std::size_t ended = 0;
    well_ = true;
    for (Restarting& task : tasks_) {
      const nomad::TaskState* now = Find(*allocation, task.before.name);
      if (now == nullptr) return EndedBy(WaitEnd::kFailed, "task " + task.before.name + " is gone");
      if (task.started_at.empty() && now->started_at != task.before.started_at) {
        task.started_at = now->started_at;
      }
      const bool started = !task.started_at.empty();
      const bool again = (started && now->started_at != task.started_at) ||
                         now->restarts > task.before.restarts + 1;
      const bool up = now->state == "running" || (!started && now->state == "pending");
      const bool complete = started && now->state == "dead" && !now->failed;
      if (again || !(up || complete)) return CameDown(*allocation, task, *now);
      well_ = well_ && started;
      if (complete) ++ended;
    }
    if (ended != tasks_.size()) return std::nullopt;
    return EndedBy(WaitEnd::kReached, "complete");
  }

  WaitResult CameDown(const nomad::Allocation& allocation, const Restarting& task,
                      const nomad::TaskState& now) const {
    nomad::Allocation after = allocation;
    for (nomad::TaskState& state : after.tasks) {
      state.restarts = 1;  // so that an exit with 0 explains it too
      state.events.clear();
      if (state.name == now.name) state.events = EventsSince(task.before, now);
    }
    const char* how = task.started_at.empty() ? " did not start again" : " did not stay up";
    const std::optional<Crash> crash = WorstCrash({&after});
    WaitResult end =
        EndedBy(WaitEnd::kFailed, "task " + now.name + how + (crash ? ": it " + crash->what : ""));
    if (crash) AddLastWords(run_.wait, run_.job.ref, {*crash}, end.details);
    return end;
  }

  Duration LeftOf(TimePoint since) const {
    const auto passed = std::chrono::duration_cast<Duration>(run_.wait.clock.Now() - since);
    return std::max(settle_ - passed, Duration{1});
  }

  const JobRun& run_;
  std::string id_;
  std::vector<Restarting> tasks_;
  Duration settle_{10'000};
  bool well_ = false;
};

class Restarter {
 public:
  explicit Restarter(const JobRun& run) : run_(run) {}

  JobResult Run() {
    const auto now = ListNow();
    if (!now) return FailedBy(now.error());
    std::vector<std::string> ids;
    for (const auto* allocation : Restartable(*now, *run_.job.live, run_.intent.task)) {
      ids.push_back(allocation->id);
    }
    count_ = ids.size();
    if (ids.empty()) {
      Fail("nothing of it runs any more");
      return result_;
    }
    for (const std::string& id : ids) {
      if (!RestartOne(id)) return result_;
      ++done_;
    }
    result_.outcome = run_.detach ? Outcome::kSubmitted : Outcome::kDone;
    result_.summary = std::string(Done()) + " " + Count(count_, "allocation") +
                      (run_.detach ? ", not waited for" : "");
    return result_;
  }

 private:
  Expected<Allocations> ListNow() const {
    TRY_ASSIGN(auto answer,
               run_.wait.client.ListAllocations(run_.job.ref, {}, CallOnce(run_.wait)));
    return std::move(answer.value);
  }

  // False where the job ends with this one; result_ says how.
  bool RestartOne(const std::string& id) {
    const auto now = ListNow();
    if (!now) return FailWith("", now.error());
    const nomad::Allocation* allocation = Find(*now, id);
    if (allocation == nullptr || allocation->desired_status != "run" || allocation->IsTerminal()) {
      return Fail("allocation " + ShortId(id) + " runs no more");
    }
    const std::string name = AllocationName(*allocation);
    return run_.step.move == Move::kReschedule ? Replace(*allocation, *now, name)
                                               : RestartHere(*allocation, name);
  }

  bool RestartHere(const nomad::Allocation& allocation, const std::string& name) {
    RestartWait wait(run_, allocation);
    if (!wait.HasTasks()) {
      const std::string& task = run_.intent.task;
      const std::string what = task.empty() ? "no task of it runs" : "task " + task + " is down";
      return Fail(name + ": " + what);
    }
    run_.wait.voice.progress("restarting " + name);
    const auto sent = run_.wait.client.RestartAllocation(allocation.id, run_.intent.task,
                                                         run_.job.ref, CallOnce(run_.wait));
    if (!IsSent(sent ? nullptr : &sent.error(), "restart", name)) return false;
    if (run_.detach) return true;
    const WaitResult end = wait.Wait();
    result_.wrote = result_.wrote || wait.HasStarted();
    return Conclude(end, name, "restart sent", "not running for long enough");
  }

  bool Replace(const nomad::Allocation& allocation, const Allocations& known,
               const std::string& name) {
    ReplacementWait wait(run_, allocation, known);
    run_.wait.voice.progress("stopping " + name + ", for another in its stead");
    const auto sent =
        run_.wait.client.StopAllocation(allocation.id, run_.job.ref, CallOnce(run_.wait));
    if (!IsSent(sent ? nullptr : &sent.error(), "stop", name)) return false;
    if (run_.detach) return true;
    const WaitResult end = wait.Wait(sent ? sent->evaluation_id : "");
    result_.wrote = result_.wrote || wait.WasStopped();
    const bool placed = !wait.replacement().empty();
    const bool done = Conclude(end, name, "stop sent",
                               placed ? wait.replacement() +
                                            ", in its stead, not running for long "
                                            "enough"
                                      : "nothing placed in its stead");
    if (done) run_.wait.voice.progress(wait.replacement() + " runs in its stead");
    return done;
  }

  // Whether the write came to pass, or may have. False ends the job.
  bool IsSent(const Error* error, const char* what, const std::string& name) {
    if (error == nullptr) {
      result_.wrote = true;
    } else if (!FateIsOpen(*error) || run_.detach) {
      return FailWith(name + ": ", *error);
    } else if (!run_.wait.stop.stop_requested()) {
      run_.wait.voice.notice(
          fmt::format("{}: no answer to its {}, looking whether it came to pass", name, what));
    }
    return true;
  }

  // `sent`, `lacking`: what has been done and what is still to come, where the wait was cut off.
  bool Conclude(const WaitResult& end, const std::string& name, const std::string& sent,
                const std::string& lacking) {
    result_.details = end.details;
    result_.error = end.error;
    switch (end.end) {
      case WaitEnd::kReached:
        return true;
      case WaitEnd::kTimedOut:
        result_.outcome = Outcome::kTimedOut;
        result_.summary = fmt::format("{}: {} after {}{}", name, lacking,
                                      FormatDuration(run_.options.timeout), Progress());
        return false;
      case WaitEnd::kInterrupted:
        result_.outcome = Outcome::kUnconfirmed;
        result_.summary =
            fmt::format("{}: {}, not waited for (interrupted){}", name, sent, Progress());
        return false;
      default:
        return Fail(name + ": " + end.summary);
    }
  }

  const char* Done() const {
    return run_.step.move == Move::kReschedule ? "rescheduled" : "restarted";
  }

  // How far the job came, for all that ends it early.
  std::string Progress() const {
    return count_ < 2 ? "" : fmt::format("; {} of {} {} before", done_, count_, Done());
  }

  bool Fail(const std::string& why) {
    result_.outcome = Outcome::kFailed;
    result_.summary = why + Progress();
    return false;
  }

  bool FailWith(const std::string& start, const Error& error) {
    if (error.code == ErrorCode::kInterrupted) {
      result_.outcome = result_.wrote ? Outcome::kUnconfirmed : Outcome::kNotStarted;
      result_.summary = "interrupted" + Progress();
      return false;
    }
    result_.error = error;
    return Fail(start + error.message);
  }

  const JobRun& run_;
  JobResult result_;
  std::size_t count_ = 0;
  std::size_t done_ = 0;
};

}  // namespace

bool PullsAtStart(const nomad::TaskImage& task) {
  if (task.force_pull) return true;
  const std::size_t slash = task.image.rfind('/');
  const std::size_t colon = task.image.find(':', slash == std::string::npos ? 0 : slash);
  const std::string tag = colon == std::string::npos ? "latest" : task.image.substr(colon + 1);
  return task.driver == "docker" && tag == "latest";
}

std::vector<std::string> NotPulledAgain(const nomad::Job& job, const std::string& task) {
  std::vector<std::string> images;
  for (const nomad::TaskImage& row : job.tasks) {
    const bool meant = (task.empty() || row.task == task) && row.kind.empty();
    const bool pulled = row.driver == "docker" || row.driver == "podman";
    if (!meant || !pulled || !jobspec::LacksDigest(row.image) || PullsAtStart(row)) continue;
    if (std::find(images.begin(), images.end(), row.image) == images.end()) {
      images.push_back(row.image);
    }
  }
  return images;
}

std::vector<const nomad::Allocation*> Restartable(const Allocations& allocations,
                                                  const nomad::Job& job, const std::string& task) {
  const auto has_task = [&](const std::string& group) {
    return task.empty() || std::any_of(job.tasks.begin(), job.tasks.end(), [&](const auto& row) {
             return row.group == group && row.task == task;
           });
  };
  std::vector<const nomad::Allocation*> found;
  for (const nomad::Allocation& row : allocations) {
    const bool runs = row.client_status == "running" && row.desired_status == "run";
    if (runs && has_task(row.group)) found.push_back(&row);
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return std::tie(a->name, a->node_name, a->id) < std::tie(b->name, b->node_name, b->id);
  });
  return found;
}

std::string AllocationName(const nomad::Allocation& allocation) {
  const std::string on = allocation.node_name.empty() ? "" : " on " + allocation.node_name;
  return fmt::format("{} ({}{})", allocation.name, ShortId(allocation.id), on);
}

JobResult RunRestartInPlace(const JobRun& run) { return Restarter(run).Run(); }

}  // namespace nmgr::rollout
