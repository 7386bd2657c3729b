#include "repo/target.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "repo/changed.h"

namespace nmgr::repo {
namespace {

constexpr std::string_view kJobPrefix = "job:";
constexpr std::string_view kChangedPrefix = "changed:";

class AllRule final : public Rule {
 public:
  bool Takes(const SpecFile&, std::vector<std::string>&) const override { return true; }
};

// infra, or services where `infra` is false.
class InfraRule final : public Rule {
 public:
  InfraRule(const RepoOptions& options, bool infra) : options_(options), infra_(infra) {}
  bool Takes(const SpecFile& spec, std::vector<std::string>&) const override {
    return InfraPosition(spec.id(), options_).has_value() == infra_;
  }

 private:
  const RepoOptions& options_;
  bool infra_;
};

class ContentRule final : public Rule {
 public:
  ContentRule(const Repo& repo, FilterSpec filter) : repo_(repo), filter_(std::move(filter)) {}

  bool Takes(const SpecFile& spec, std::vector<std::string>& warnings) const override {
    if (filter_.exclude_infra && InfraPosition(spec.id(), repo_.options)) return false;
    if (HoldsKeyword(spec.text())) return true;
    if (!filter_.search_configs) return false;
    const std::vector<ConfigFile> configs = ReadNeighbourConfigs(repo_, spec, warnings);
    return std::any_of(configs.begin(), configs.end(),
                       [this](const ConfigFile& config) { return HoldsKeyword(config.text); });
  }

 private:
  bool HoldsKeyword(std::string_view text) const {
    return std::any_of(filter_.keywords.begin(), filter_.keywords.end(),
                       [&](const std::string& keyword) { return text.find(keyword) != text.npos; });
  }

  const Repo& repo_;
  FilterSpec filter_;
};

class IdRule final : public Rule {
 public:
  explicit IdRule(std::string_view id) : id_(id) {}
  bool Takes(const SpecFile& spec, std::vector<std::string>&) const override {
    return !id_.empty() && spec.id() == id_;
  }
  bool MayTakeNothing() const override { return false; }

 private:
  std::string id_;
};

class GlobRule final : public Rule {
 public:
  explicit GlobRule(std::string glob) : glob_(std::move(glob)) {}
  bool Takes(const SpecFile& spec, std::vector<std::string>&) const override {
    return GlobMatch(glob_, spec.id());
  }
  bool MayTakeNothing() const override { return false; }

 private:
  std::string glob_;
};

class ChangedRule final : public Rule {
 public:
  ChangedRule(const Repo& repo, ChangedFiles changed) : repo_(repo), changed_(std::move(changed)) {}
  bool Takes(const SpecFile& spec, std::vector<std::string>&) const override {
    return changed_.Touch(spec, repo_);
  }

 private:
  const Repo& repo_;
  ChangedFiles changed_;
};

bool EndsLikeSpecFile(std::string_view word, const RepoOptions& options) {
  const auto ends = [&](std::string_view glob) {
    return glob.starts_with("*.") && !HasGlobCharacters(glob.substr(1)) &&
           word.ends_with(glob.substr(1));
  };
  return ends("*.hcl") || ends("*.nomad") ||
         std::any_of(options.spec_globs.begin(), options.spec_globs.end(), ends);
}

}  // namespace

bool IsPathWord(std::string_view word, const RepoOptions& options) {
  if (word.starts_with(kJobPrefix) || word.starts_with(kChangedPrefix)) return false;
  return word == "." || word == ".." || word.find('/') != std::string_view::npos ||
         EndsLikeSpecFile(word, options);
}

Expected<std::unique_ptr<Rule>> MakeRule(const std::string& word, const Repo& repo,
                                         const std::vector<FilterSpec>& filters) {
  const auto rule = [](auto made) { return Expected<std::unique_ptr<Rule>>(std::move(made)); };
  if (word == "all") return rule(std::make_unique<AllRule>());
  if (word == "infra") return rule(std::make_unique<InfraRule>(repo.options, true));
  if (word == "services") return rule(std::make_unique<InfraRule>(repo.options, false));
  for (const FilterSpec& filter : AllFilters(filters)) {
    if (word == filter.name) return rule(std::make_unique<ContentRule>(repo, filter));
  }
  if (word.starts_with(kJobPrefix)) {
    return rule(std::make_unique<IdRule>(std::string_view(word).substr(kJobPrefix.size())));
  }
  if (word.starts_with(kChangedPrefix)) {
    TRY_ASSIGN(ChangedFiles changed, ChangedSince(word.substr(kChangedPrefix.size()), repo));
    return rule(std::make_unique<ChangedRule>(repo, std::move(changed)));
  }
  const bool is_id = std::any_of(repo.found.specs.begin(), repo.found.specs.end(),
                                 [&](const SpecPtr& spec) { return spec->id() == word; });
  if (!is_id && HasGlobCharacters(word)) return rule(std::make_unique<GlobRule>(word));
  return rule(std::make_unique<IdRule>(word));
}

std::vector<std::string> TargetNames(const Repo& repo, const std::vector<FilterSpec>& filters) {
  std::vector<std::string> names = {"infra", "services", "all"};
  for (const FilterSpec& filter : AllFilters(filters)) names.push_back(filter.name);
  for (const SpecPtr& spec : repo.found.specs) names.push_back(spec->id());
  return names;
}

}  // namespace nmgr::repo
