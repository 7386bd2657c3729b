// Which tasks of which allocations `logs` and `exec` are about: those of a job that --task, --group
// and --alloc leave, and whom to ask where that is not enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"

namespace nmgr::actions {

// A job whose tasks are meant, as Nomad has it.
struct LiveJob {
  std::string name;  // as shown
  nomad::JobRef ref;
  nomad::Job job;
  std::vector<nomad::Allocation> allocations;
  std::uint64_t index = 0;  // of the allocations, to wait for more
};

// One task of one allocation.
struct TaskPlace {
  nomad::JobRef job;
  std::string job_name;
  nomad::Allocation allocation;
  std::string task;
  std::string state;  // of the task; "" where it has none yet

  // "main/web": what is asked for where a job has several.
  std::string TaskName() const { return allocation.group + "/" + task; }
  // "web.main[0] (1a2b3c4d on node-a)"; "ops/web.main[0] (...)" where the job is shown so.
  std::string AllocationName() const;
  // The same with ", task web".
  std::string Name() const;
  // "ops/" where one ID stands in several namespaces.
  std::string NamespacePrefix() const;

  bool HasNotBegun() const { return state.empty() || state == "pending"; }
};

// Why a task that has ended has written nothing: it never ran. Nothing where it did.
std::optional<Error> NeverStarted(const TaskPlace& place);

// What is wished for of a job.
struct TaskWish {
  std::string task;
  std::string group;
  std::string allocation;  // how its ID begins
  bool previous = false;   // the allocation before the one that is there
  bool running = false;    // only what runs
};
TaskWish WishOf(const Settings& settings);

// The tasks of the newest allocation of each place (name, and node for a system job), or of the one
// before it; of --alloc whatever it is. A place that the job has no more (scaled down, its group
// gone), and one that was stopped while others of its group are there, is left out; where a group
// has nothing else, what it had last stands for it. Tasks that Nomad injected (Connect sidecars)
// are left out unless they are named. In the order of allocations' names and of the tasks in the
// job. An Error where a task, group or allocation that was named is not there (kNotFound, with
// those that are), or the beginning of an ID fits several.
Expected<std::vector<TaskPlace>> PlacesOf(const LiveJob& live, const TaskWish& wish);

// The job and its allocations. A periodic or parameterized job has none of its own: the newest of
// what it launched stands for it, which is told. An Error for a job that is not registered.
Expected<LiveJob> AskFor(Env& env, const repo::SelectedJob& job);

// The same for each, some at once. Those that fail are reported, and `exit_code` says so.
std::vector<LiveJob> AskFor(Env& env, const repo::Selection& selection, ExitCode& exit_code);

void AddOnce(std::vector<std::string>& names, const std::string& name);

// TaskName() of each place once, in their order.
std::vector<std::string> TaskNames(const std::vector<TaskPlace>& places);

// Whether there is somebody to ask.
bool CanAsk();

// What is typed at the question, without blanks around it; nothing at the end of the input.
// kInterrupted after a stop request.
Expected<std::optional<std::string>> AskLine(Env& env, const std::string& question);

// Which of `names` is meant, asked on the terminal: its number, its name or how it begins. Nothing
// where all are meant (Enter; only if `all_allowed`). An Error where no answer came.
Expected<std::optional<std::string>> AskWhich(Env& env, const std::string& question,
                                              const std::vector<std::string>& names,
                                              bool all_allowed);

}  // namespace nmgr::actions
