// What Nomad finds wrong with a job, in its own words: those that its validation was seen to use.
#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "fake_nomad/plan.h"

namespace nmgr::fake {
namespace {

using Faults = std::vector<std::string>;

// `faults` as one of those around it: "Task t validation failed: 1 error occurred: ...".
void AddBelow(std::string_view what, const Faults& below, Faults& faults) {
  if (!below.empty()) faults.push_back(std::string(what) + JoinFaults(below));
}

template <std::size_t N>
bool IsOneOf(const std::string& text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool RunsOnEveryNode(const Json& job) {
  return Text(job, "Type") == "system" || Text(job, "Type") == "sysbatch";
}

void AddConstraintFaults(const Json& owner, Faults& faults) {
  constexpr std::array<std::string_view, 19> kOperators = {"=",
                                                           "==",
                                                           "is",
                                                           "!=",
                                                           "not",
                                                           "<",
                                                           "<=",
                                                           ">",
                                                           ">=",
                                                           "version",
                                                           "semver",
                                                           "regexp",
                                                           "set_contains",
                                                           "distinct_hosts",
                                                           "distinct_property",
                                                           "is_set",
                                                           "is_not_set",
                                                           "set_contains_all",
                                                           "set_contains_any"};
  std::size_t place = 0;
  for (const Json& constraint : Member(owner, "Constraints")) {
    const std::string what = "Constraint " + std::to_string(++place) + " validation failed: ";
    const std::string& word = Text(constraint, "Operand");
    const std::string& value = Text(constraint, "RTarget");
    if (!IsOneOf(word, kOperators))
      AddBelow(what, {"Unknown constraint type \"" + word + "\""}, faults);
    const std::size_t open = word == "regexp" ? value.rfind('[') : std::string::npos;
    if (open != std::string::npos && value.find(']', open) == std::string::npos) {
      AddBelow(what,
               {"Regular expression failed to compile: error parsing regexp: missing closing ]: `" +
                value.substr(open) + "`"},
               faults);
    }
  }
}

Faults PortFaults(const Json& group) {
  Faults faults;
  for (const Json& network : Member(group, "Networks")) {
    for (const Json& port : Member(network, "ReservedPorts")) {
      const std::int64_t number = Number(port, "Value");
      if (number > 65535) {
        faults.push_back("Port " + Text(port, "Label") + " (" + std::to_string(number) +
                         ") cannot be greater than 65535");
      }
    }
  }
  return faults;
}

void AddResourceFaults(const Json& task, Faults& faults) {
  const Json& resources = Member(task, "Resources");
  if (!resources.is_object()) return;
  Faults below;
  const auto at_least = [&](const char* name, std::int64_t least) {
    const std::int64_t value =
        Member(resources, name).is_number() ? Number(resources, name) : least;
    if (value >= least) return;
    below.push_back("minimum " + std::string(name) + " value is " + std::to_string(least) +
                    "; got " + std::to_string(value));
  };
  if (Number(resources, "Cores") == 0) at_least("CPU", 1);
  at_least("MemoryMB", 10);
  if (!below.empty()) faults.push_back(JoinFaults({JoinFaults(below)}));
}

// The members of `list` of which `field` is empty.
void AddEmptyFaults(const Json& task, const char* list, const char* field, const std::string& what,
                    const std::string& fault, Faults& faults) {
  std::size_t place = 0;
  for (const Json& member : Member(task, list)) {
    ++place;
    if (!Text(member, field).empty()) continue;
    AddBelow(what + " " + std::to_string(place) + " validation failed: ", {fault}, faults);
  }
}

void AddMountFaults(const Json& group, const Json& task, Faults& faults) {
  std::size_t place = 0;
  for (const Json& mount : Member(task, "VolumeMounts")) {
    const std::string& volume = Text(mount, "Volume");
    const std::string at = "Volume Mount (" + std::to_string(place++) + ")";
    if (Member(group, "Volumes").is_object() && group["Volumes"].contains(volume)) continue;
    faults.push_back(at + " references undefined volume " + volume);
  }
}

Faults TaskFaults(const Json& group, const Json& task) {
  constexpr std::array<std::string_view, 3> kHooks = {"prestart", "poststart", "poststop"};
  Faults faults;
  if (Text(task, "Name").empty()) faults.push_back("Missing task name");
  if (Text(task, "Driver").empty()) faults.push_back("Missing task driver");
  if (Number(task, "KillTimeout") < 0) faults.push_back("KillTimeout must be a positive value");
  AddResourceFaults(task, faults);
  AddConstraintFaults(task, faults);
  AddEmptyFaults(task, "Artifacts", "GetterSource", "Artifact", "source must be specified", faults);
  AddEmptyFaults(task, "Templates", "DestPath", "Template",
                 "Must specify a destination for the template", faults);
  const Json& lifecycle = Member(task, "Lifecycle");
  if (lifecycle.is_object() && !IsOneOf(Text(lifecycle, "Hook"), kHooks)) {
    faults.push_back("Lifecycle validation failed: invalid hook: " + Text(lifecycle, "Hook"));
  }
  AddMountFaults(group, task, faults);
  return faults;
}

void AddTasksFaults(const Json& group, Faults& faults) {
  std::set<std::string> names;
  std::size_t place = 0;
  for (const Json& task : Member(group, "Tasks")) {
    ++place;
    const std::string& name = Text(task, "Name");
    if (!name.empty() && !names.insert(name).second) {
      faults.push_back("Task " + std::to_string(place) + " redefines '" + name + "' from task " +
                       std::to_string(place - 1));
    }
    AddBelow("Task " + name + " validation failed: ", TaskFaults(group, task), faults);
  }
}

Faults GroupFaults(const Json& job, const Json& group) {
  constexpr std::array<std::string_view, 3> kModes = {"", "delay", "fail"};
  Faults faults;
  if (Text(group, "Name").empty()) faults.push_back("Missing task group name");
  if (Number(group, "Count") < 0) faults.push_back("Task group count can't be negative");
  if (IsEmpty(Member(group, "Tasks"))) faults.push_back("Missing tasks for task group");
  AddConstraintFaults(group, faults);
  const std::string& mode = Text(Member(group, "RestartPolicy"), "Mode");
  if (!IsOneOf(mode, kModes)) faults.push_back("Unsupported restart mode: \"" + mode + "\"");
  if (RunsOnEveryNode(job) && Member(group, "ReschedulePolicy").is_object()) {
    faults.push_back("System or sysbatch jobs should not have a reschedule policy");
  }
  const Json& volumes = Member(group, "Volumes");
  if (volumes.is_object()) {
    for (const auto& [name, volume] : volumes.items()) {
      if (!Text(volume, "Source").empty()) continue;
      AddBelow("Task group volume validation for " + name + " failed: ",
               {"volume has an empty source"}, faults);
    }
  }
  AddBelow("Task group network validation failed: ", PortFaults(group), faults);
  AddTasksFaults(group, faults);
  return faults;
}

void AddGroupsFaults(const Json& job, Faults& faults) {
  const Json& groups = Member(job, "TaskGroups");
  if (IsEmpty(groups)) faults.push_back("Missing job task groups");
  std::set<std::string> names;
  std::size_t place = 0;
  for (const Json& group : groups) {
    ++place;
    const std::string& name = Text(group, "Name");
    const std::int64_t count = Number(group, "Count");
    if (name.empty()) {
      faults.push_back("Job task group " + std::to_string(place) + " missing name");
    } else if (!names.insert(name).second) {
      faults.push_back("Job task group " + std::to_string(place) + " redefines '" + name +
                       "' from group " + std::to_string(place - 1));
    }
    if (Text(job, "Type") == "system" && count > 1) {
      faults.push_back("Job task group " + name + " has count " + std::to_string(count) +
                       ". Count cannot exceed 1 with system scheduler");
    }
  }
  for (const Json& group : groups) {
    AddBelow("Task group " + Text(group, "Name") + " validation failed: ", GroupFaults(job, group),
             faults);
  }
}

}  // namespace

Faults JobFaults(const Json& job) {
  constexpr std::array<std::string_view, 4> kTypes = {"service", "batch", "system", "sysbatch"};
  Faults faults;
  const std::string& id = Text(job, "ID");
  const std::string& type = Text(job, "Type");
  if (id.empty()) faults.push_back("Missing job ID");
  if (id.find(' ') != std::string::npos) faults.push_back("Job ID contains a space");
  if (id.find('\0') != std::string::npos) faults.push_back("Job ID contains a null character");
  if (!IsOneOf(type, kTypes)) faults.push_back("Invalid job type: \"" + type + "\"");
  AddConstraintFaults(job, faults);
  AddGroupsFaults(job, faults);
  const bool batch = type == "batch" || type == "sysbatch";
  if (Member(job, "Periodic").is_object() && !batch) {
    faults.push_back("Periodic can only be used with \"batch\" or \"sysbatch\" scheduler");
  }
  if (Member(job, "ParameterizedJob").is_object() && !batch) {
    faults.push_back("Parameterized job can only be used with \"batch\" or \"sysbatch\" scheduler");
  }
  const std::int64_t priority = Number(job, "Priority");
  if (priority < 1 || priority > 100) faults.push_back("job priority must be between [1, 100]");
  return faults;
}

std::string JoinFaults(const Faults& faults) {
  const bool one = faults.size() == 1;
  std::string text =
      std::to_string(faults.size()) + (one ? " error occurred:\n\t" : " errors occurred:\n\t");
  for (std::size_t i = 0; i < faults.size(); ++i) text += (i == 0 ? "* " : "\n\t* ") + faults[i];
  return text + "\n\n";
}

}  // namespace nmgr::fake
