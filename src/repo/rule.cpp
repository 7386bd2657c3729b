#include "repo/rule.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/selection.h"
#include "repo/changed.h"

namespace nmgr::repo {
namespace {

Verdict Plain(bool taken) {
  Verdict verdict;
  verdict.taken = taken;
  return verdict;
}

class AllRule final : public Rule {
 public:
  Verdict Judge(const SpecFile&) const override { return Plain(true); }
};

// infra, or services where `infra` is false.
class InfraRule final : public Rule {
 public:
  InfraRule(const RepoOptions& options, bool infra) : options_(options), infra_(infra) {}
  Verdict Judge(const SpecFile& spec) const override {
    return Plain(InfraPosition(spec.id(), options_).has_value() == infra_);
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
    Verdict verdict;
    std::optional<Reason> reason = condition_->Holds(spec, verdict.seen);
    if (!reason) return verdict;
    verdict.reason = *std::move(reason);
    verdict.infra_left_out = exclude_infra_ && InfraPosition(spec.id(), repo_.options).has_value();
    verdict.taken = !verdict.infra_left_out;
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
    if (spec.id() == name_) return Plain(true);
    return Plain(!is_id_ && IsCalled(spec, name_, repo_.options));
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
  Verdict Judge(const SpecFile& spec) const override { return Plain(GlobMatch(glob_, spec.id())); }
  bool MayTakeNothing() const override { return false; }

 private:
  std::string glob_;
};

class ChangedRule final : public Rule {
 public:
  ChangedRule(const Repo& repo, ChangedFiles changed) : repo_(repo), changed_(std::move(changed)) {}
  Verdict Judge(const SpecFile& spec) const override {
    Verdict verdict = Plain(changed_.Touch(spec, repo_));
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
    if (HoldsFile(NeighbourConfigs(repo_, spec))) return Plain(true);
    const EvaluatedPtr evaluated = Evaluated(spec, repo_.access.spec);
    return Plain(evaluated->spec && HoldsFile(evaluated->spec->inputs));
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

}  // namespace

const std::string& NamespaceOf(const SpecFile& spec, const RepoOptions& options) {
  const std::string& own = spec.parsed.header.name_space;
  return own.empty() ? options.default_namespace : own;
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

}  // namespace nmgr::repo
