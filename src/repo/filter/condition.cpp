#include "nmgr/repo/filter/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/repo/evaluated.h"
#include "repo/filter/place.h"

namespace nmgr::repo {
namespace {

// Where the first keyword that `text` holds begins.
std::optional<std::size_t> FindKeyword(std::string_view text, const Keywords& keywords) {
  for (const std::string& keyword : keywords) {
    if (const std::size_t at = text.find(keyword); at != std::string_view::npos) return at;
  }
  return std::nullopt;
}

std::optional<Reason> FindInFile(Evidence evidence, const Path& path, std::string_view text,
                                 const Keywords& keywords) {
  const std::optional<std::size_t> at = FindKeyword(text, keywords);
  if (!at) return std::nullopt;
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(*at);
  const auto line = static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
  return Reason{evidence, path, line, {}};
}

class Any final : public Condition {
 public:
  explicit Any(std::vector<ConditionPtr> conditions) : conditions_(std::move(conditions)) {}

  std::optional<Reason> Holds(const SpecFile& spec, Observations& seen) const override {
    for (const ConditionPtr& condition : conditions_) {
      if (std::optional<Reason> reason = condition->Holds(spec, seen)) return reason;
    }
    return std::nullopt;
  }

 private:
  std::vector<ConditionPtr> conditions_;
};

class Text final : public Condition {
 public:
  explicit Text(Keywords keywords) : keywords_(std::move(keywords)) {}

  std::optional<Reason> Holds(const SpecFile& spec, Observations&) const override {
    return FindInFile(Evidence::kText, spec.path(), spec.text(), keywords_);
  }

 private:
  Keywords keywords_;
};

class Neighbours final : public Condition {
 public:
  Neighbours(const Repo& repo, Keywords keywords) : repo_(repo), keywords_(std::move(keywords)) {}

  std::optional<Reason> Holds(const SpecFile& spec, Observations& seen) const override {
    for (const ConfigFile& config : ReadNeighbourConfigs(repo_, spec, seen.unreadable)) {
      if (auto reason = FindInFile(Evidence::kNeighbour, config.path, config.text, keywords_)) {
        return reason;
      }
    }
    return std::nullopt;
  }

 private:
  const Repo& repo_;
  Keywords keywords_;
};

class Evaluation final : public Condition {
 public:
  Evaluation(const Repo& repo, Keywords keywords, bool with_inputs)
      : repo_(repo), keywords_(std::move(keywords)), with_inputs_(with_inputs) {}

  std::optional<Reason> Holds(const SpecFile& spec, Observations& seen) const override {
    const EvaluatedPtr evaluated = Evaluated(spec, repo_.access.spec);
    if (!evaluated->spec) {
      seen.unevaluated = FaultPlace(evaluated->diagnostics, spec.path());
      return std::nullopt;
    }
    if (with_inputs_) {
      if (auto reason = FindInInputs(*evaluated->spec, seen)) return reason;
    }
    for (const std::string& keyword : keywords_) {
      if (std::optional<Place> place = FindPlace(*evaluated->spec, spec.parsed, keyword)) {
        return Reason{Evidence::kEvaluated, spec.path(), place->line, std::move(place->name)};
      }
    }
    return std::nullopt;
  }

 private:
  // Folders are among the inputs as well (fileset), and files that need not be there (fileexists).
  std::optional<Reason> FindInInputs(const jobspec::JobSpec& spec, Observations& seen) const {
    FileSystem& files = *repo_.access.files;
    for (const Path& path : spec.inputs) {
      const Expected<FileInfo> info = files.Stat(path);
      if (!info || info->kind != FileKind::kFile) continue;
      const Expected<std::string> text = files.ReadFile(path, kMaxFileSize);
      if (!text) {
        seen.unreadable.push_back(text.error().message);
      } else if (auto reason = FindInFile(Evidence::kInput, path, *text, keywords_)) {
        return reason;
      }
    }
    return std::nullopt;
  }

  const Repo& repo_;
  Keywords keywords_;
  bool with_inputs_;
};

std::string PlaceText(const Reason& reason) {
  return reason.line == 0 ? reason.file : fmt::format("{}:{}", reason.file, reason.line);
}

}  // namespace

std::string ToText(const Reason& reason) {
  switch (reason.evidence) {
    case Evidence::kText:
      return fmt::format("its text: {}", PlaceText(reason));
    case Evidence::kNeighbour:
      return fmt::format("a config file beside it: {}", PlaceText(reason));
    case Evidence::kInput:
      return fmt::format("a file it reads: {}", PlaceText(reason));
    case Evidence::kEvaluated:
      if (reason.name.empty()) return fmt::format("its evaluated spec: {}", PlaceText(reason));
      return fmt::format("its evaluated spec: {} ({})", reason.name, PlaceText(reason));
  }
  return {};
}

ConditionPtr AnyOf(std::vector<ConditionPtr> conditions) {
  return std::make_unique<Any>(std::move(conditions));
}

ConditionPtr TextCondition(Keywords keywords) {
  return std::make_unique<Text>(std::move(keywords));
}

ConditionPtr NeighbourCondition(const Repo& repo, Keywords keywords) {
  return std::make_unique<Neighbours>(repo, std::move(keywords));
}

ConditionPtr EvaluatedCondition(const Repo& repo, Keywords keywords, bool with_inputs) {
  return std::make_unique<Evaluation>(repo, std::move(keywords), with_inputs);
}

ConditionPtr ConditionOf(const FilterSpec& filter, const Repo& repo) {
  std::vector<ConditionPtr> conditions;
  conditions.push_back(TextCondition(filter.keywords));
  if (filter.search_configs) conditions.push_back(NeighbourCondition(repo, filter.keywords));
  if (!filter.keywords.empty()) {
    conditions.push_back(
        EvaluatedCondition(repo, filter.keywords, filter.search_inputs || filter.search_configs));
  }
  return AnyOf(std::move(conditions));
}

}  // namespace nmgr::repo
