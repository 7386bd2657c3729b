#include "actions/task_places.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "nmgr/actions/selection.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/dialogue.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/notices.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/namespaces.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/state.h"

namespace nmgr::actions {
namespace {

using nomad::Allocation;

// Two allocations of one place follow each other. All those of a system job bear one name.
std::string PlaceKey(const nomad::Job& job, const Allocation& allocation) {
  if (!rollout::RunsOnEveryNode(job.type)) return allocation.name;
  return allocation.name + "\n" + allocation.node_name;
}

// "web.main[10]" behind "web.main[9]".
std::tuple<std::string, std::size_t, std::string> NameOrder(const Allocation& allocation) {
  return {allocation.group, allocation.name.size(), allocation.name + allocation.node_name};
}

// "web.main[10]" is 10.
int IndexInName(const std::string& name) {
  int index = 0;
  const char* const begin = name.data() + std::min(name.rfind('[') + 1, name.size());
  std::from_chars(begin, name.data() + name.size(), index);
  return index;
}

// Whether it has a place in the job as that is now: not one of a group or a count that it had once.
bool HasPlaceIn(const nomad::Job& job, const Allocation& allocation) {
  return std::any_of(job.groups.begin(), job.groups.end(), [&](const nomad::TaskGroup& group) {
    const bool counts = !rollout::RunsOnEveryNode(job.type);
    return group.name == allocation.group &&
           (counts ? IndexInName(allocation.name) < group.count : group.count > 0);
  });
}

// One place: its allocations, the newest first.
using Place = std::vector<const Allocation*>;

// Those that are the job now; of a group that has none, those that were; where nothing is and
// nothing has a place any more, all.
std::vector<Place> Current(const nomad::Job& job, std::vector<Place> all) {
  const auto is_current = [&job](const Allocation& it) {
    return it.desired_status != "stop" && (!it.IsTerminal() || HasPlaceIn(job, it));
  };
  std::set<std::string> alive;  // groups
  for (const Place& place : all) {
    if (is_current(*place.front())) alive.insert(place.front()->group);
  }
  std::vector<Place> current;
  std::copy_if(all.begin(), all.end(), std::back_inserter(current), [&](const Place& place) {
    const Allocation& it = *place.front();
    return alive.contains(it.group) ? is_current(it) : HasPlaceIn(job, it);
  });
  return current.empty() ? all : current;
}

std::vector<Allocation> NewestOfEach(const LiveJob& live, const TaskWish& wish) {
  std::map<std::string, Place> by_key;
  for (const Allocation& allocation : live.allocations) {
    if (!wish.group.empty() && allocation.group != wish.group) continue;
    by_key[PlaceKey(live.job, allocation)].push_back(&allocation);
  }
  std::vector<Place> places;
  for (auto& [key, place] : by_key) {
    std::stable_sort(place.begin(), place.end(), [](const Allocation* a, const Allocation* b) {
      return a->create_index > b->create_index;
    });
    places.push_back(std::move(place));
  }
  std::vector<Allocation> newest;
  for (const Place& place : Current(live.job, std::move(places))) {
    const std::size_t at = wish.previous ? 1 : 0;
    if (at < place.size()) newest.push_back(*place[at]);
  }
  return newest;
}

Expected<std::vector<Allocation>> ByBeginning(const LiveJob& live, const std::string& beginning) {
  std::vector<Allocation> found;
  for (const Allocation& allocation : live.allocations) {
    if (allocation.id.starts_with(beginning)) found.push_back(allocation);
  }
  if (found.size() == 1) return found;
  std::vector<std::string> ids;
  for (const Allocation& allocation : found.empty() ? live.allocations : found) {
    ids.push_back(fmt::format("{} ({}, {})", allocation.id.substr(0, 8), allocation.name,
                              allocation.client_status));
  }
  if (found.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: it has no allocation \"{}\"", live.name, beginning),
                 ids.empty() ? "it has none at all" : "its allocations: " + SomeOf(ids)};
  }
  return Error{
      ErrorCode::kUsage,
      fmt::format("{}: {} allocations begin with \"{}\"", live.name, found.size(), beginning),
      SomeOf(ids)};
}

bool IsInjected(const nomad::Job& job, const std::string& group, const std::string& task) {
  return std::any_of(job.tasks.begin(), job.tasks.end(), [&](const nomad::TaskImage& row) {
    return row.group == group && row.task == task && row.kind.starts_with("connect-");
  });
}

// Those of the job's own order first; an older allocation may have others.
std::vector<std::string> TasksIn(const nomad::Job& job, const Allocation& allocation) {
  std::vector<std::string> tasks;
  const auto has = [&tasks](const std::string& name) {
    return std::find(tasks.begin(), tasks.end(), name) != tasks.end();
  };
  const auto ran = [&allocation](const std::string& name) {
    return std::any_of(allocation.tasks.begin(), allocation.tasks.end(),
                       [&](const nomad::TaskState& state) { return state.name == name; });
  };
  for (const nomad::TaskImage& row : job.tasks) {
    const bool known = allocation.tasks.empty() || ran(row.task);
    if (row.group == allocation.group && known && !has(row.task)) tasks.push_back(row.task);
  }
  for (const nomad::TaskState& state : allocation.tasks) {
    if (!has(state.name)) tasks.push_back(state.name);
  }
  return tasks;
}

std::string StateOf(const Allocation& allocation, const std::string& task) {
  for (const nomad::TaskState& state : allocation.tasks) {
    if (state.name == task) return state.state;
  }
  return {};
}

Error NoSuch(const LiveJob& live, std::string_view what, const std::string& name,
             const std::vector<std::string>& there) {
  return {ErrorCode::kNotFound, fmt::format("{}: it has no {} \"{}\"", live.name, what, name),
          there.empty() ? std::string() : fmt::format("its {}s: {}", what, Join(there, ", "))};
}

// A name that is neither in the job nor in what ran of it is a mistake.
Expected<void> CheckNames(const LiveJob& live, const TaskWish& wish) {
  std::vector<std::string> groups;
  std::vector<std::string> tasks;
  for (const nomad::TaskGroup& group : live.job.groups) AddOnce(groups, group.name);
  for (const Allocation& allocation : live.allocations) AddOnce(groups, allocation.group);
  const auto take = [&](const std::string& group, const std::string& task) {
    if (wish.group.empty() || wish.group == group) AddOnce(tasks, task);
  };
  for (const nomad::TaskImage& row : live.job.tasks) take(row.group, row.task);
  for (const Allocation& allocation : live.allocations) {
    for (const nomad::TaskState& state : allocation.tasks) take(allocation.group, state.name);
  }
  const auto lacks = [](const std::vector<std::string>& names, const std::string& name) {
    return !name.empty() && std::find(names.begin(), names.end(), name) == names.end();
  };
  if (lacks(groups, wish.group)) return NoSuch(live, "group", wish.group, groups);
  if (lacks(tasks, wish.task)) return NoSuch(live, "task", wish.task, tasks);
  return {};
}

Expected<nomad::JobRef> RefToAsk(const Env& env, const repo::SelectedJob& job) {
  if (job.spec->faulty) {
    return Error{
        ErrorCode::kInvalid,
        fmt::format("{}: its spec cannot be read, so its namespace is not known", job.name),
        fmt::format("`nmgr validate {}` says why; job:NAMESPACE/{} names it all the same", job.name,
                    job.id())};
  }
  if (auto refused = RefuseAllNamespaces(env, {job})) return *std::move(refused);
  return rollout::RefOf(job.spec->parsed.header);
}

// The newest of what `parent` has launched.
Expected<std::optional<nomad::JobRef>> NewestChild(Env& env, const nomad::Job& parent,
                                                   const nomad::Call& call) {
  TRY_ASSIGN(auto rows, env.jobs.ListJobs(parent.ref.name_space, parent.ref.region,
                                          parent.ref.id + "/", call));
  const std::vector<nomad::JobSummary> children = rollout::Descendants(parent.ref, rows.value);
  const auto newest = std::max_element(children.begin(), children.end(),
                                       [](const nomad::JobSummary& a, const nomad::JobSummary& b) {
                                         return a.create_index < b.create_index;
                                       });
  if (newest == children.end()) return std::optional<nomad::JobRef>();
  return std::optional(nomad::JobRef{newest->ref.id, parent.ref.name_space, parent.ref.region});
}

}  // namespace

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::string TaskPlace::AllocationName() const {
  return fmt::format("{}{} ({} on {})", NamespacePrefix(), allocation.name,
                     allocation.id.substr(0, 8), allocation.node_name);
}

std::string TaskPlace::Name() const { return AllocationName() + ", task " + task; }

std::string TaskPlace::NamespacePrefix() const {
  const std::string prefix = allocation.name_space + "/";
  const bool is_shown = job_name.starts_with(prefix) && !allocation.name.starts_with(job_name);
  return is_shown ? prefix : std::string();
}

std::optional<Error> NeverStarted(const TaskPlace& place) {
  for (const nomad::TaskState& task : place.allocation.tasks) {
    if (task.name != place.task || rollout::HasStarted(task)) continue;
    const std::string why = rollout::LastEvents(task, 3);
    return Error{ErrorCode::kRejected,
                 fmt::format("{}: it never started, so it has written nothing{}{}", place.Name(),
                             why.empty() ? "" : ": ", why),
                 fmt::format("`nmgr status {}` shows more of it", place.job_name)};
  }
  return std::nullopt;
}

TaskWish WishOf(const Settings& settings) {
  return {settings.task, settings.group, settings.allocation};
}

Expected<std::vector<TaskPlace>> PlacesOf(const LiveJob& live, const TaskWish& wish) {
  TRY(CheckNames(live, wish));
  std::vector<Allocation> allocations;
  if (wish.allocation.empty()) {
    allocations = NewestOfEach(live, wish);
  } else {
    TRY_ASSIGN(allocations, ByBeginning(live, wish.allocation));
  }
  std::stable_sort(
      allocations.begin(), allocations.end(),
      [](const Allocation& a, const Allocation& b) { return NameOrder(a) < NameOrder(b); });
  std::vector<TaskPlace> places;
  for (const Allocation& allocation : allocations) {
    if (!wish.group.empty() && allocation.group != wish.group) continue;
    for (const std::string& task : TasksIn(live.job, allocation)) {
      if (!wish.task.empty() && task != wish.task) continue;
      if (wish.task.empty() && IsInjected(live.job, allocation.group, task)) continue;
      std::string state = StateOf(allocation, task);
      if (wish.running && (state != "running" || allocation.IsTerminal())) continue;
      places.push_back({live.ref, live.name, allocation, task, std::move(state)});
    }
  }
  return places;
}

Expected<LiveJob> AskFor(Env& env, const repo::SelectedJob& selected) {
  const nomad::Call call{TimePoint::max(), env.stop};
  TRY_ASSIGN(const nomad::JobRef ref, RefToAsk(env, selected));
  LiveJob live;
  live.name = selected.name;
  live.ref = ref;
  auto job = env.jobs.ReadJob(ref, {}, call);
  if (!job && job.error().code == ErrorCode::kNotFound) {
    TRY(rollout::Namespaces(env.jobs).CheckAbsent(ref, call));
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: it is not registered in Nomad", selected.name),
                 fmt::format("`nmgr up {}` starts it", repo::TypedTarget(selected.name))};
  }
  if (!job) return job.error();
  live.job = std::move(job->value);
  if (live.job.periodic || live.job.parameterized) {
    TRY_ASSIGN(const auto child, NewestChild(env, live.job, call));
    if (!child) {
      return Error{
          ErrorCode::kNotFound,
          fmt::format("{}: it has not launched anything that Nomad still knows", selected.name)};
    }
    report::TellNewestLaunch(env.out, selected.name,
                             rollout::DescendantName(selected.name, ref, child->id));
    live.ref = *child;
    TRY_ASSIGN(auto launched, env.jobs.ReadJob(*child, {}, call));
    live.job = std::move(launched.value);
  }
  TRY_ASSIGN(auto allocations, env.jobs.ListAllocations(live.ref, {}, call));
  live.allocations = std::move(allocations.value);
  live.index = allocations.index;
  return live;
}

std::vector<LiveJob> AskFor(Env& env, const repo::Selection& selection, ExitCode& exit_code) {
  constexpr std::size_t kAtOnce = 4;
  std::vector<Expected<LiveJob>> asked(selection.jobs.size());
  ParallelFor(
      asked.size(), kAtOnce, [&](std::size_t i) { asked[i] = AskFor(env, selection.jobs[i]); },
      env.stop);
  std::vector<LiveJob> live;
  std::vector<report::JobError> failed;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Expected<LiveJob>& job = asked[i];
    if (env.stop.stop_requested()) break;
    if (job) {
      live.push_back(*std::move(job));
      continue;
    }
    failed.push_back({selection.jobs[i].name, job.error()});
    exit_code = ExitCodeFor(job.error(), env.contact);
    if (env.contact.NobodyThere()) break;
  }
  report::ReportErrors(env.out, failed);
  return live;
}

std::vector<std::string> TaskNames(const std::vector<TaskPlace>& places) {
  std::vector<std::string> names;
  for (const TaskPlace& place : places) {
    AddOnce(names, place.TaskName());
  }
  return names;
}

bool CanAsk() { return IsTerminal(STDIN_FILENO) && IsTerminal(STDERR_FILENO); }

Expected<std::optional<std::string>> AskLine(Env& env, const std::string& question) {
  report::ShowQuestion(env.out, question);
  std::optional<std::string> line = ReadLine(STDIN_FILENO, env.stop);
  if (env.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  if (!line) report::EndQuestion(env.out);
  if (line) line = TrimBlanks(*line);
  return line;
}

Expected<std::optional<std::string>> AskWhich(Env& env, const std::string& question,
                                              const std::vector<std::string>& names,
                                              bool all_allowed) {
  using Answer = std::optional<std::string>;
  report::ShowChoices(env.out, names);
  const std::string whole_question = report::ChoiceQuestion(question, names.size(), all_allowed);
  while (true) {
    TRY_ASSIGN(const auto line, AskLine(env, whole_question));
    if (!line) {
      return Error{ErrorCode::kUsage, "nothing was chosen", "choose with --task and --group"};
    }
    const std::string& word = *line;
    if (word.empty() && all_allowed) return Answer();
    const auto number = WholeNumber<std::size_t>(word).value_or(0);
    if (number >= 1 && number <= names.size()) return Answer(names[number - 1]);
    std::vector<std::string> fitting;
    for (const std::string& name : names) {
      if (name == word || name.ends_with("/" + word)) return Answer(name);
      const std::string_view task = std::string_view(name).substr(name.find('/') + 1);
      if (!word.empty() && (name.starts_with(word) || task.starts_with(word))) {
        fitting.push_back(name);
      }
    }
    if (fitting.size() == 1) return Answer(fitting.front());
    report::ShowNoChoice(env.out, word);
  }
}

}  // namespace nmgr::actions
