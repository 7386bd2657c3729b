#include "repo/rule.h"

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/partial.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/selection.h"
#include "nmgr/repo/target.h"
#include "repo/changed.h"
#include "repo/excluded.h"

namespace nmgr::repo {
namespace {

Verdict Plain(bool taken, std::string why = {}) {
  Verdict verdict;
  verdict.taken = taken;
  if (taken) verdict.reason = {Evidence::kWords, {}, 0, std::move(why)};
  return verdict;
}

Verdict Ask(const Condition& condition, const SpecFile& spec) {
  Verdict verdict;
  Answer answer = condition.Judge(spec, verdict.seen);
  verdict.taken = answer.kind == Answer::kYes;
  verdict.unknown = answer.kind == Answer::kUnknown;
  verdict.reason = std::move(answer.reason);
  return verdict;
}

Verdict Unknown(const SpecFile& spec, const EvaluatedSpec& evaluated) {
  Verdict verdict;
  verdict.unknown = true;
  verdict.seen.unevaluated = FaultPlace(evaluated.diagnostics, spec.path());
  return verdict;
}

class AllRule final : public Rule {
 public:
  Verdict Judge(const SpecFile&) const override { return Plain(true, "every job"); }
};

// infra, or services where `infra` is false.
class InfraRule final : public Rule {
 public:
  InfraRule(const RepoOptions& options, bool infra) : options_(options), infra_(infra) {}
  Verdict Judge(const SpecFile& spec) const override {
    return Plain(InfraPosition(spec.id(), options_).has_value() == infra_,
                 infra_ ? "one of infra_jobs" : "none of infra_jobs");
  }

 private:
  const RepoOptions& options_;
  bool infra_;
};

class FilterRule final : public Rule {
 public:
  FilterRule(const Repo& repo, const FilterSpec& filter, bool include_infra)
      : repo_(repo),
        condition_(ConditionOf(filter, repo)),
        exclude_infra_(filter.exclude_infra && !include_infra) {}

  Verdict Judge(const SpecFile& spec) const override {
    Verdict verdict = Ask(*condition_, spec);
    verdict.infra_left_out =
        verdict.taken && exclude_infra_ && InfraPosition(spec.id(), repo_.options).has_value();
    if (verdict.infra_left_out) verdict.taken = false;
    return verdict;
  }
  bool IsCostly() const override { return true; }

 private:
  const Repo& repo_;
  ConditionPtr condition_;
  bool exclude_infra_;
};

// An exact ID goes before namespace/ID, for an ID may hold a '/' itself.
class JobRule final : public Rule {
 public:
  JobRule(const Repo& repo, std::string name) : repo_(repo), name_(std::move(name)) {
    const std::vector<SpecPtr>& specs = repo.found.specs;
    is_id_ = std::any_of(specs.begin(), specs.end(),
                         [&](const SpecPtr& spec) { return spec->id() == name_; });
  }
  Verdict Judge(const SpecFile& spec) const override {
    if (name_.empty()) return {};
    const std::string why = "its ID";
    if (spec.id() == name_) return Plain(true, why);
    return Plain(!is_id_ && IsCalled(spec, name_, repo_.options), why);
  }
  bool MayTakeNothing() const override { return false; }

 private:
  const Repo& repo_;
  std::string name_;
  bool is_id_ = false;
};

class GlobRule final : public Rule {
 public:
  explicit GlobRule(std::string glob) : glob_(std::move(glob)) {}
  Verdict Judge(const SpecFile& spec) const override {
    return Plain(GlobMatch(glob_, spec.id()), "its ID");
  }
  bool MayTakeNothing() const override { return false; }

 private:
  std::string glob_;
};

class ChangedRule final : public Rule {
 public:
  ChangedRule(const Repo& repo, ChangedFiles changed) : repo_(repo), changed_(std::move(changed)) {}
  Verdict Judge(const SpecFile& spec) const override {
    bool known = true;
    const std::optional<std::string> touched = changed_.Touch(spec, repo_, known);
    Verdict verdict = known ? Plain(touched.has_value(), touched.value_or(""))
                            : Unknown(spec, *Evaluated(spec, repo_.access.spec));
    verdict.seen.notices = changed_.notices;
    return verdict;
  }
  bool IsCostly() const override { return true; }

 private:
  const Repo& repo_;
  ChangedFiles changed_;
};

class ReaderRule final : public Rule {
 public:
  ReaderRule(const Path& path, const Repo& repo) : path_(path), repo_(repo) {
    if (const Expected<FileInfo> info = repo.access.files->Stat(path)) file_ = *info;
  }

  Verdict Judge(const SpecFile& spec) const override {
    if (HoldsFile(NeighbourConfigs(repo_, spec))) return Plain(true, "a config file beside it");
    const std::string why = "a file it reads";
    const EvaluatedPtr evaluated = Evaluated(spec, repo_.access.spec);
    if (evaluated->spec) return Plain(HoldsFile(evaluated->spec->inputs), why);
    const std::vector<Path> inputs = jobspec::EvaluatePartly(spec.parsed, repo_.access.spec).inputs;
    if (HoldsFile(inputs)) return Plain(true, why);
    return jobspec::ReadsAreKnown(spec.parsed, inputs) ? Verdict() : Unknown(spec, *evaluated);
  }
  bool IsCostly() const override { return true; }

 private:
  bool HoldsFile(const std::vector<Path>& paths) const {
    return std::any_of(paths.begin(), paths.end(), [&](const Path& path) {
      if (path == path_) return true;
      const Expected<FileInfo> info = repo_.access.files->Stat(path);
      return info && info->device == file_.device && info->inode == file_.inode;
    });
  }

  Path path_;
  const Repo& repo_;
  FileInfo file_;
};

class ValueRule final : public Rule {
 public:
  explicit ValueRule(ConditionPtr condition) : condition_(std::move(condition)) {}
  Verdict Judge(const SpecFile& spec) const override { return Ask(*condition_, spec); }
  bool IsCostly() const override { return condition_->cost() > 1; }

 private:
  ConditionPtr condition_;
};

// state:PATTERN and node:PATTERN.
class LiveRule final : public Rule {
 public:
  LiveRule(LiveJobs& live, Pattern pattern, bool state)
      : live_(live), pattern_(std::move(pattern)), state_(state) {}

  Verdict Judge(const SpecFile& spec) const override {
    Verdict verdict;
    if (spec.id().empty()) return verdict;
    const Expected<std::vector<std::string>> words = Ask(spec);
    if (!words) {
      verdict.failure = words.error();
      return verdict;
    }
    for (const std::string& word : *words) {
      if (!pattern_.Matches(word)) continue;
      return Plain(true, (state_ ? "state = " : "node = ") + word);
    }
    return verdict;
  }
  bool IsCostly() const override { return true; }

 private:
  Expected<std::vector<std::string>> Ask(const SpecFile& spec) const {
    const std::lock_guard lock(mutex_);
    if (!state_) return live_.NodesOf(spec);
    TRY_ASSIGN(std::string state, live_.StateOf(spec));
    return std::vector<std::string>{std::move(state)};
  }

  LiveJobs& live_;
  Pattern pattern_;
  bool state_;
  mutable std::mutex mutex_;
};

class SpecRule final : public Rule {
 public:
  explicit SpecRule(SpecPtr spec) : spec_(std::move(spec)) {}
  Verdict Judge(const SpecFile& spec) const override {
    return Plain(&spec == spec_.get(), "its path");
  }

 private:
  SpecPtr spec_;
};

class FolderRule final : public Rule {
 public:
  FolderRule(const Path& path, const FileInfo& folder, FileSystem& files)
      : why_("below " + path), folders_(files) {
    folders_.Add(folder);
  }
  Verdict Judge(const SpecFile& spec) const override {
    return Plain(folders_.Hold(spec.path()), why_);
  }

 private:
  std::string why_;
  ExcludedFolders folders_;
};

Error Located(const std::string& word, const Error& error) {
  return {error.code, word + ": " + error.message, error.hint};
}

// "needs-promotion" for those who do not want to quote.
std::string WithBlanks(std::string text) {
  if (!text.starts_with('/') && text.find('[') == text.npos) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  }
  return text;
}

Expected<std::unique_ptr<Rule>> MakeLiveRule(const Target& target, LiveJobs* live) {
  const bool state = target.kind == TargetKind::kState;
  const std::string word = std::string(WordOf(target.kind)) + target.text;
  if (live == nullptr) {
    return Error{ErrorCode::kUsage, word + ": this asks Nomad, which is not done here"};
  }
  const auto pattern = Pattern::Parse(state ? WithBlanks(target.text) : target.text);
  if (!pattern) return Located(word, pattern.error());
  if (state) {
    const std::vector<std::string> names = live->StateNames();
    const auto is_meant = [&](const std::string& name) { return pattern->Matches(name); };
    if (std::none_of(names.begin(), names.end(), is_meant)) {
      const std::vector<std::string> near = NearestNames(pattern->text(), names);
      return Error{ErrorCode::kUsage, word + ": no state is called that",
                   near.empty() ? "states are " + Join(names, ", ")
                                : "did you mean " + Join(near, ", ") + "?"};
    }
  }
  return std::unique_ptr<Rule>(std::make_unique<LiveRule>(*live, *pattern, state));
}

Expected<std::unique_ptr<Rule>> MakeValueRule(const Target& target, const Repo& repo) {
  const auto pattern = Pattern::Parse(target.text);
  if (!pattern) return Located(target.key + ":" + target.text, pattern.error());
  return std::unique_ptr<Rule>(
      std::make_unique<ValueRule>(ValueCondition(repo, {*ParseSpecKey(target.key), {*pattern}})));
}

}  // namespace

const std::string& NamespaceOf(const SpecFile& spec, const RepoOptions& options) {
  const std::string& own = spec.parsed.header.name_space;
  return own.empty() ? options.default_namespace : own;
}

const std::string& RegionOf(const SpecFile& spec, const RepoOptions& options) {
  const std::string& own = spec.parsed.header.region;
  return own.empty() ? options.default_region : own;
}

JobIdentity IdentityOf(const SpecFile& spec, const RepoOptions& options) {
  return std::tie(spec.id(), NamespaceOf(spec, options), RegionOf(spec, options));
}

bool IsCalled(const SpecFile& spec, std::string_view name, const RepoOptions& options) {
  if (spec.id() == name) return true;
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && !spec.id().empty() &&
         name.substr(slash + 1) == spec.id() && name.substr(0, slash) == NamespaceOf(spec, options);
}

Expected<std::unique_ptr<Rule>> MakeRule(const Target& target, const Repo& repo,
                                         const RuleOptions& options) {
  const auto rule = [](auto made) { return Expected<std::unique_ptr<Rule>>(std::move(made)); };
  switch (target.kind) {
    case TargetKind::kAll:
      return rule(std::make_unique<AllRule>());
    case TargetKind::kInfra:
    case TargetKind::kServices:
      return rule(std::make_unique<InfraRule>(repo.options, target.kind == TargetKind::kInfra));
    case TargetKind::kFilter:
      for (const FilterSpec& filter : AllFilters(options.filters)) {
        if (filter.name != target.text) continue;
        return rule(std::make_unique<FilterRule>(repo, filter, options.include_infra));
      }
      break;
    case TargetKind::kChanged: {
      TRY_ASSIGN(ChangedFiles changed, ChangedSince(target.text, repo));
      return rule(std::make_unique<ChangedRule>(repo, std::move(changed)));
    }
    case TargetKind::kValue:
      return MakeValueRule(target, repo);
    case TargetKind::kState:
    case TargetKind::kNode:
      return MakeLiveRule(target, options.live);
    case TargetKind::kJob:
    case TargetKind::kPath:
      break;
    case TargetKind::kName: {
      const std::vector<SpecPtr>& specs = repo.found.specs;
      const bool is_id = std::any_of(specs.begin(), specs.end(), [&](const SpecPtr& spec) {
        return spec->id() == target.text;
      });
      if (!is_id && HasGlobCharacters(target.text)) {
        return rule(std::make_unique<GlobRule>(target.text));
      }
      break;
    }
  }
  return rule(std::make_unique<JobRule>(repo, target.text));
}

std::unique_ptr<Rule> MakeReaderRule(const Path& path, const Repo& repo) {
  return std::make_unique<ReaderRule>(path, repo);
}

std::unique_ptr<Rule> MakeSpecRule(SpecPtr spec) {
  return std::make_unique<SpecRule>(std::move(spec));
}

std::unique_ptr<Rule> MakeFolderRule(const Path& path, const FileInfo& folder, FileSystem& files) {
  return std::make_unique<FolderRule>(path, folder, files);
}

}  // namespace nmgr::repo
