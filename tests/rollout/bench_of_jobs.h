// Specs as text, and what a run makes of them against the simulated Nomad: selection, facts, plan,
// results, and everything the progress was told.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/rollout/rollout.h"
#include "rollout/simulated_nomad.h"

namespace nmgr::rollout::testing {

// A disk of a few files; WriteFileAtomically may be made to fail.
class MemoryFiles : public FileSystem {
 public:
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override {
    const std::lock_guard lock(mutex_);
    const auto found = files.find(path);
    if (found == files.end()) return Error{ErrorCode::kNotFound, path + ": no such file"};
    if (found->second.size() > limit) return Error{ErrorCode::kIo, path + ": too large"};
    return found->second;
  }
  Expected<FileInfo> Stat(const Path& path) override {
    const std::lock_guard lock(mutex_);
    if (!files.contains(path)) return Error{ErrorCode::kNotFound, path + ": no such file"};
    FileInfo info;
    info.kind = FileKind::kFile;
    return info;
  }
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override {
    return Error{ErrorCode::kNotFound, path + ": no such folder"};
  }
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override {
    const std::lock_guard lock(mutex_);
    if (read_only) return Error{ErrorCode::kIo, path + ": read-only file system"};
    files[path] = std::string(content);
    return {};
  }

  std::map<Path, std::string> files;
  bool read_only = false;

 private:
  std::mutex mutex_;
};

class RecordingProgress : public Progress {
 public:
  void Asked(const std::vector<JobFacts>&, SpecNeed) override {}
  void Decided(const Plan&, const std::vector<JobFacts>& jobs, bool) override {
    facts = jobs;
    if (decided) decided();
  }
  void Started(const JobFacts& job, const Step&) override {
    Enter("start " + job.ref.id);
    running_.insert(job.ref.id);
    most_at_once = std::max(most_at_once, running_.size());
  }
  void Said(const JobFacts& job, const WaitNews& news) override {
    Enter(job.ref.id + ": " + news.text);
  }
  void Noticed(const JobFacts& job, std::string_view what) override {
    Enter("!" + job.ref.id + ": " + std::string(what));
  }
  void Finished(const JobFacts& job, const Step&, const JobResult& result) override {
    Enter("end " + job.ref.id + " " + std::string(OutcomeName(result.outcome)));
    running_.erase(job.ref.id);
  }
  bool Has(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  std::vector<JobFacts> facts;  // of the plan
  std::vector<std::string> lines;
  std::size_t most_at_once = 0;
  std::function<void(const std::string&)> hook;  // called with each line
  std::function<void()> decided;                 // what others do between plan and execution

 private:
  // The executor promises one call at a time; a second one inside would show here.
  void Enter(std::string line) {
    if (inside_) throw std::logic_error("two progress calls at the same time");
    inside_ = true;
    lines.push_back(line);
    if (hook) hook(line);
    inside_ = false;
  }
  std::set<std::string> running_;
  bool inside_ = false;
};

inline std::string Service(const std::string& id, const std::string& image,
                           const std::string& more = {}) {
  return "job \"" + id + "\" {\n" + more +
         "  group \"g\" {\n    task \"server\" {\n      driver = \"docker\"\n" +
         "      config {\n        image = \"" + image + "\"\n      }\n    }\n  }\n}\n";
}

inline constexpr const char* kPeriodic =
    "  type = \"batch\"\n  periodic {\n    cron = \"@daily\"\n  }\n";
inline constexpr const char* kBatch = "  type = \"batch\"\n";

// A write that ends so (no answer, no time left) may have been done.
inline Error Refusal(ErrorCode code, const std::string& call) {
  Error error{code, call + ": refused"};
  const bool write =
      call.starts_with("REGISTER") || call.starts_with("STOP") || call.starts_with("PURGE");
  error.in_doubt = write && (code == ErrorCode::kUnreachable || code == ErrorCode::kTimedOut);
  return error;
}

// An error for the first `times` calls of this name.
inline auto FailFirst(std::string name, ErrorCode code, int times = 1) {
  return [name = std::move(name), code, times](const std::string& call,
                                               int n) -> std::optional<Error> {
    if (call == name && n < times) return Refusal(code, call);
    return std::nullopt;
  };
}

inline bool Mentions(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(), [&text](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
}

inline Intent Down(bool purge = false) {
  Intent intent{Verb::kDown};
  intent.purge = purge;
  return intent;
}

class BenchOfJobs {
 public:
  explicit BenchOfJobs(std::vector<std::string> infra = {}) : infra_(std::move(infra)) {}

  // Jobs keep this order; infra jobs must come first.
  void Spec(const std::string& id, const std::string& text) {
    const Path path = id + ".hcl";
    for (auto& spec : specs_) {
      if (spec->path() == path) {
        spec = Parse(path, text);
        return;
      }
    }
    specs_.push_back(Parse(path, text));
  }
  void Spec(const std::string& id) { Spec(id, Service(id, id + ":1")); }

  std::vector<repo::SelectedJob> Selected() const {
    std::vector<repo::SelectedJob> jobs;
    for (const auto& spec : specs_) {
      repo::SelectedJob job;
      job.spec = spec.get();
      job.name = spec->id();
      job.infra = std::find(infra_.begin(), infra_.end(), spec->id()) != infra_.end();
      jobs.push_back(job);
    }
    return jobs;
  }

  Expected<std::vector<JobFacts>> Gather(const Intent& intent) {
    return Gather(QuestionsOf(intent));
  }
  Expected<std::vector<JobFacts>> Gather(const Questions& questions) {
    Facts all = GatherFacts(questions, Selected(), nomad, clock, HowToGather());
    if (all.end) return *all.end;
    return std::move(all.jobs);
  }
  GatherOptions HowToGather() const {
    GatherOptions gather;
    gather.specs = &context_;
    gather.stop = options.stop;
    gather.contact = &nomad.contact;
    return gather;
  }

  // Whoever acts outlives a restart of the server.
  Rollout CarryOut(const Intent& intent) {
    RolloutOptions how;
    how.gather = HowToGather();
    how.gather.patience = nomad::Patience::kServed;
    how.execute = options;
    nomad.brief.clear();
    Rollout run = rollout::CarryOut(intent, Selected(), nomad, clock, progress, how);
    if (!nomad.brief.empty()) throw std::runtime_error("impatient: " + *nomad.brief.begin());
    return run;
  }

  // Results by ID.
  std::map<std::string, JobResult> Run(const Intent& intent) {
    Rollout run = CarryOut(intent);
    if (!run.failures.empty()) throw std::runtime_error(run.failures.front().message);
    facts = std::move(run.facts);
    plan = std::move(run.plan);
    std::map<std::string, JobResult> results;
    for (std::size_t i = 0; i < facts.size(); ++i) results[facts[i].ref.id] = run.results[i];
    return results;
  }

  ManualClock clock;
  SimulatedNomad nomad{clock};
  MemoryFiles files;
  RecordingProgress progress;
  ExecuteOptions options;
  std::vector<JobFacts> facts;
  Plan plan;

 private:
  std::shared_ptr<const repo::SpecFile> Parse(const Path& path, const std::string& text) {
    auto file = std::make_shared<repo::SpecFile>();
    file->parsed = jobspec::ParseSpec(path, text, context_, file->diagnostics);
    file->faulty = file->diagnostics.HasErrors();
    return file;
  }

  std::vector<std::string> infra_;
  std::vector<std::shared_ptr<const repo::SpecFile>> specs_;
  jobspec::VariableInput variables_;
  jobspec::SpecContext context_{&variables_, &files, "/home/me"};
};

}  // namespace nmgr::rollout::testing
