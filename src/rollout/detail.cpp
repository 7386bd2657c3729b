#include "nmgr/rollout/detail.h"

#include <algorithm>
#include <utility>

#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/images.h"

namespace nmgr::rollout {
namespace {

// Asks one thing after another; what fails is noted.
class DetailInquirer {
 public:
  DetailInquirer(const JobFacts& facts, nomad::JobClient& client, const nomad::Call& call)
      : facts_(facts), client_(client), call_(call) {}

  JobDetail AskRunning() {
    AskAllocations();
    return std::move(detail_);
  }

  JobDetail Ask() {
    AskAllocations();
    if (auto latest = client_.LatestDeployment(facts_.ref, {}, call_); Keep(latest)) {
      detail_.evidence.deployment = std::move(latest->value);
    }
    if (!facts_.live->services.empty()) AskServices();
    if (facts_.live->periodic || facts_.live->parameterized) AskChildren();
    return std::move(detail_);
  }

 private:
  template <class T>
  bool Keep(const Expected<T>& answer) {
    if (!answer) detail_.missing.push_back(answer.error());
    return answer.has_value();
  }

  void AskAllocations() {
    if (auto rows = client_.ListAllocations(facts_.ref, {}, call_); Keep(rows)) {
      detail_.evidence.allocations = std::move(rows->value);
    } else {
      detail_.evidence.allocations = facts_.evidence.allocations;
    }
    if (RunsOlderVersion()) AskVersions();
  }

  bool HasNomadServices() const {
    const auto& services = facts_.live->services;
    return std::any_of(services.begin(), services.end(),
                       [](const auto& service) { return service.provider == "nomad"; });
  }

  void AskServices() {
    if (!HasNomadServices()) return;
    if (auto rows = client_.ListServices(facts_.ref, call_); Keep(rows)) {
      detail_.services = *std::move(rows);
    }
    for (Error& error : AskChecks(facts_.ref, client_, call_, detail_.evidence)) {
      detail_.missing.push_back(std::move(error));
    }
  }

  bool RunsOlderVersion() const {
    const auto& rows = detail_.evidence.allocations;
    return std::any_of(rows.begin(), rows.end(), [this](const nomad::Allocation& row) {
      return !row.IsTerminal() && row.job_version != facts_.live->version;
    });
  }

  void AskVersions() {
    if (auto versions = client_.ListVersions(facts_.ref, call_); Keep(versions)) {
      detail_.versions = *std::move(versions);
    }
  }

  void AskChildren() {
    auto list =
        client_.ListJobs(facts_.ref.name_space, facts_.ref.region, facts_.ref.id + "/", call_);
    if (Keep(list)) detail_.children = Descendants(facts_.live->ref, list->value);
  }

  const JobFacts& facts_;
  nomad::JobClient& client_;
  const nomad::Call& call_;
  JobDetail detail_;
};

// The tasks of the job as the version had them; null: Nomad no longer keeps that.
const std::vector<nomad::TaskImage>* TasksOf(std::uint64_t version, const nomad::Job& job,
                                             const JobDetail& detail) {
  if (version == job.version) return &job.tasks;
  for (const nomad::JobVersion& kept : detail.versions) {
    if (kept.version == version) return &kept.tasks;
  }
  return nullptr;
}

std::vector<std::string> RunningImages(const TaskImages& row, const nomad::Job& job,
                                       const JobDetail& detail) {
  std::vector<std::string> images;
  const auto add = [&images](const std::string& image) {
    if (std::find(images.begin(), images.end(), image) == images.end()) images.push_back(image);
  };
  for (const nomad::Allocation& allocation : detail.evidence.allocations) {
    const bool runs = allocation.group == row.group && allocation.client_status == "running";
    if (!runs) continue;
    const std::vector<nomad::TaskImage>* tasks = TasksOf(allocation.job_version, job, detail);
    if (tasks == nullptr) {
      add(std::string(jobspec::kUnknownImage));
      continue;
    }
    for (const nomad::TaskImage& task : *tasks) {
      if (task.group == row.group && task.task == row.task && !task.image.empty()) add(task.image);
    }
  }
  return images;
}

}  // namespace

JobDetail AskDetail(const JobFacts& facts, nomad::JobClient& client, const nomad::Call& call) {
  return DetailInquirer(facts, client, call).Ask();
}

JobDetail AskRunning(const JobFacts& facts, nomad::JobClient& client, const nomad::Call& call) {
  return DetailInquirer(facts, client, call).AskRunning();
}

std::vector<TaskImages> ImagesOf(const JobFacts& facts, const JobDetail& detail) {
  return ImagesOf(facts.spec ? facts.spec->images : std::vector<jobspec::Image>(), facts, detail);
}

std::vector<TaskImages> ImagesOf(const std::vector<jobspec::Image>& spec, const JobFacts& facts,
                                 const JobDetail& detail) {
  std::vector<TaskImages> rows;
  const auto row_of = [&rows](const std::string& group, const std::string& task) -> TaskImages& {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const TaskImages& row) {
      return row.group == group && row.task == task;
    });
    return found == rows.end() ? rows.emplace_back(TaskImages{group, task, "", "", {}}) : *found;
  };
  for (const jobspec::Image& image : spec) row_of(image.group, image.task).spec = image.image;
  if (!facts.live) return rows;
  for (const jobspec::Image& image : LiveImages(spec, *facts.live)) {
    row_of(image.group, image.task).registered = image.image;
  }
  for (TaskImages& row : rows) row.running = RunningImages(row, *facts.live, detail);
  return rows;
}

}  // namespace nmgr::rollout
