#include "nmgr/repo/filter/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/find_bytes.h"
#include "nmgr/base/text.h"
#include "nmgr/jobspec/partial.h"
#include "nmgr/repo/evaluated.h"
#include "repo/filter/place.h"

namespace nmgr::repo {
namespace {

std::size_t LineAt(std::string_view text, std::size_t at) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(at);
  return static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
}

std::optional<Reason> FindInFile(Evidence evidence, const Path& path, std::string_view text,
                                 const Sought& sought) {
  const std::optional<std::size_t> at = sought.Find(text);
  if (!at) return std::nullopt;
  return Reason{evidence, path, LineAt(text, *at)};
}

Answer AnswerOf(std::optional<Reason> reason) {
  return reason ? Answer(*std::move(reason)) : Answer(Answer::kNo);
}

int HighestCost(const std::vector<ConditionPtr>& conditions) {
  int highest = 0;
  for (const ConditionPtr& condition : conditions) highest = std::max(highest, condition->cost());
  return highest;
}

// Any of them where `decisive` is kYes, each where it is kNo.
class Joined final : public Condition {
 public:
  Joined(std::vector<ConditionPtr> conditions, Answer::Kind decisive)
      : conditions_(std::move(conditions)), decisive_(decisive) {
    std::stable_sort(
        conditions_.begin(), conditions_.end(),
        [](const ConditionPtr& a, const ConditionPtr& b) { return a->cost() < b->cost(); });
  }

  Answer Judge(const SpecFile& spec, Observations& seen) const override {
    Answer joined = decisive_ == Answer::kYes ? Answer::kNo : Answer::kYes;
    bool reasoned = false;
    for (const ConditionPtr& condition : conditions_) {
      Answer answer = condition->Judge(spec, seen);
      if (answer.kind == decisive_) return answer;
      if (answer.kind == Answer::kUnknown) joined.kind = Answer::kUnknown;
      if (answer.kind == Answer::kYes && !std::exchange(reasoned, true)) {
        joined.reason = std::move(answer.reason);
      }
    }
    return joined;
  }
  int cost() const override { return HighestCost(conditions_); }

 private:
  std::vector<ConditionPtr> conditions_;
  Answer::Kind decisive_;
};

class Not final : public Condition {
 public:
  explicit Not(ConditionPtr condition) : condition_(std::move(condition)) {}

  Answer Judge(const SpecFile& spec, Observations& seen) const override {
    const Answer answer = condition_->Judge(spec, seen);
    if (answer.kind == Answer::kUnknown) return Answer::kUnknown;
    if (answer.kind == Answer::kYes) return Answer::kNo;
    return Reason{Evidence::kWords, spec.path(), 0, "what its `not` names is absent"};
  }
  int cost() const override { return condition_->cost(); }

 private:
  ConditionPtr condition_;
};

class Text final : public Condition {
 public:
  explicit Text(Sought sought) : sought_(std::move(sought)) {}

  Answer Judge(const SpecFile& spec, Observations&) const override {
    return AnswerOf(FindInFile(Evidence::kText, spec.path(), spec.text(), sought_));
  }
  int cost() const override { return 1; }

 private:
  Sought sought_;
};

class Neighbours final : public Condition {
 public:
  Neighbours(const Repo& repo, Sought sought) : repo_(repo), sought_(std::move(sought)) {}

  Answer Judge(const SpecFile& spec, Observations& seen) const override {
    for (const ConfigFile& config : ReadNeighbourConfigs(repo_, spec, seen.unreadable)) {
      if (auto reason = FindInFile(Evidence::kNeighbour, config.path, config.text, sought_)) {
        return *std::move(reason);
      }
    }
    return Answer::kNo;
  }
  int cost() const override { return 2; }

 private:
  const Repo& repo_;
  Sought sought_;
};

class Evaluation final : public Condition {
 public:
  Evaluation(const Repo& repo, Sought sought, bool with_inputs)
      : repo_(repo), sought_(std::move(sought)), with_inputs_(with_inputs) {}

  Answer Judge(const SpecFile& spec, Observations& seen) const override {
    const EvaluatedPtr evaluated = Evaluated(spec, repo_.access.spec);
    if (evaluated->spec) return JudgeJob(*evaluated->spec, seen);
    const auto part = jobspec::EvaluateKnownPart(spec.parsed, repo_.access.spec);
    const Answer answer = part ? JudgeJob(*part, seen) : Answer(Answer::kNo);
    if (answer.kind == Answer::kYes || (part && IsAllKnown(spec, *part))) return answer;
    seen.unevaluated = FaultPlace(evaluated->diagnostics, spec.path());
    return Answer::kNo;
  }
  int cost() const override { return 3; }

 private:
  Answer JudgeJob(const jobspec::JobSpec& spec, Observations& seen) const {
    if (with_inputs_) {
      if (auto reason = FindInInputs(spec, seen)) return *std::move(reason);
    }
    if (std::optional<Place> place = FindPlace(spec, sought_)) {
      return Reason{Evidence::kEvaluated, spec.path, place->line, std::move(place->name)};
    }
    return Answer::kNo;
  }

  bool IsAllKnown(const SpecFile& spec, const jobspec::JobSpec& part) const {
    return jobspec::IsWhollyKnown(part.body) && jobspec::IsWhollyKnown(part.json_body) &&
           (!with_inputs_ || jobspec::ReadsAreKnown(spec.parsed, part.inputs));
  }

  // Folders are among the inputs as well (fileset), and files that need not be there (fileexists).
  std::optional<Reason> FindInInputs(const jobspec::JobSpec& spec, Observations& seen) const {
    FileSystem& files = *repo_.access.files;
    for (const Path& path : spec.inputs) {
      const Expected<FileInfo> info = files.Stat(path);
      if (!info || info->kind != FileKind::kFile) continue;
      const Expected<std::string> text = files.ReadFile(path, kMaxFileSize);
      if (!text) {
        seen.unreadable.push_back(text.error().message);
      } else if (auto reason = FindInFile(Evidence::kInput, path, *text, sought_)) {
        return reason;
      }
    }
    return std::nullopt;
  }

  const Repo& repo_;
  Sought sought_;
  bool with_inputs_;
};

// A file that is read has several names: from the current folder, from the base directory, from the
// root, and its own alone.
bool IsFile(const Path& path, const Pattern& pattern, const Repo& repo) {
  const std::string_view text = pattern.text();
  if (text.starts_with("~")) {
    const Path there = ExpandHome(text, repo.access.spec.home);
    return pattern.is_literal() ? path == there : GlobMatch(there, path);
  }
  const Path absolute = JoinPath(CurrentFolder(), path);
  if (pattern.Matches(path) || pattern.Matches(RelativeTo(path, repo.options.base_dir)) ||
      pattern.Matches(absolute)) {
    return true;
  }
  if (text.find('/') == text.npos) return pattern.Matches(BaseName(path));
  if (!pattern.is_literal()) return false;
  FileSystem& files = *repo.access.files;
  const Expected<FileInfo> named = files.Stat(CleanPath(text));
  const Expected<FileInfo> read = files.Stat(path);
  return named && read && named->device == read->device && named->inode == read->inode;
}

class Value final : public Condition {
 public:
  Value(const Repo& repo, KeyCondition condition) : repo_(repo), condition_(std::move(condition)) {}

  Answer Judge(const SpecFile& spec, Observations& seen) const override {
    const HeldValues held = ValuesOf(condition_.key, spec, repo_);
    for (const HeldValue& value : held.values) {
      if (!Matches(value)) continue;
      Reason reason{Evidence::kValue, value.file, value.line,
                    value.name.empty() ? condition_.key.name() : value.name};
      if (!RowOf(condition_.key.field).may_be_secret) reason.value = value.text;
      return reason;
    }
    if (held.complete) return Answer::kNo;
    const EvaluatedPtr evaluated = Evaluated(spec, repo_.access.spec);
    seen.unevaluated = FaultPlace(evaluated->diagnostics, spec.path());
    return Answer::kUnknown;
  }
  int cost() const override {
    const SpecField field = condition_.key.field;
    return field == SpecField::kType || field == SpecField::kNamespace ? 0 : 3;
  }

 private:
  bool Matches(const HeldValue& value) const {
    return std::any_of(
        condition_.patterns.begin(), condition_.patterns.end(), [&](const Pattern& pattern) {
          return condition_.key.field == SpecField::kReads ? IsFile(value.text, pattern, repo_)
                                                           : pattern.Matches(value.text);
        });
  }

  const Repo& repo_;
  KeyCondition condition_;
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
    case Evidence::kValue:
      if (reason.value.empty()) return fmt::format("{} ({})", reason.name, PlaceText(reason));
      if (reason.value == reason.file) return fmt::format("{} {}", reason.name, reason.value);
      return fmt::format("{} = {} ({})", reason.name, reason.value, PlaceText(reason));
    case Evidence::kWords:
      return reason.name;
  }
  return {};
}

std::optional<std::size_t> Sought::Find(std::string_view text) const {
  for (const std::string& keyword : keywords) {
    if (const std::size_t at = FindBytes(text, keyword); at != text.npos) return at;
  }
  return pattern ? pattern->Find(text) : std::nullopt;
}

ConditionPtr AnyOf(std::vector<ConditionPtr> conditions) {
  return std::make_unique<Joined>(std::move(conditions), Answer::kYes);
}

ConditionPtr AllOf(std::vector<ConditionPtr> conditions) {
  return std::make_unique<Joined>(std::move(conditions), Answer::kNo);
}

ConditionPtr NotOf(ConditionPtr condition) { return std::make_unique<Not>(std::move(condition)); }

ConditionPtr TextCondition(Sought sought) { return std::make_unique<Text>(std::move(sought)); }

ConditionPtr NeighbourCondition(const Repo& repo, Sought sought) {
  return std::make_unique<Neighbours>(repo, std::move(sought));
}

ConditionPtr EvaluatedCondition(const Repo& repo, Sought sought, bool with_inputs) {
  return std::make_unique<Evaluation>(repo, std::move(sought), with_inputs);
}

ConditionPtr ValueCondition(const Repo& repo, KeyCondition condition) {
  return std::make_unique<Value>(repo, std::move(condition));
}

namespace {

// The conditions of one filter: all of its parts look in the same places.
class Maker {
 public:
  Maker(const FilterSpec& filter, const Repo& repo) : filter_(filter), repo_(repo) {}

  ConditionPtr Make(const ConditionSpec& spec) const {
    std::vector<ConditionPtr> each;
    if (spec.looks_at_text()) each.push_back(OfTexts({spec.keywords, spec.pattern}));
    for (const KeyCondition& key : spec.keys) each.push_back(ValueCondition(repo_, key));
    for (const ConditionSpec& part : spec.all) each.push_back(Make(part));
    if (!spec.any.empty()) each.push_back(AnyOf(MakeEach(spec.any)));
    if (!spec.none.empty()) each.push_back(NotOf(AnyOf(MakeEach(spec.none))));
    return each.size() == 1 ? std::move(each.front()) : AllOf(std::move(each));
  }

 private:
  std::vector<ConditionPtr> MakeEach(const std::vector<ConditionSpec>& specs) const {
    std::vector<ConditionPtr> made;
    for (const ConditionSpec& spec : specs) made.push_back(Make(spec));
    return made;
  }

  ConditionPtr OfTexts(const Sought& sought) const {
    std::vector<ConditionPtr> places;
    places.push_back(TextCondition(sought));
    if (filter_.search_configs) places.push_back(NeighbourCondition(repo_, sought));
    places.push_back(
        EvaluatedCondition(repo_, sought, filter_.search_inputs || filter_.search_configs));
    return AnyOf(std::move(places));
  }

  const FilterSpec& filter_;
  const Repo& repo_;
};

}  // namespace

ConditionPtr ConditionOf(const FilterSpec& filter, const Repo& repo) {
  if (filter.empty()) return AnyOf({});
  ConditionSpec whole = filter.more;
  whole.keywords.insert(whole.keywords.begin(), filter.keywords.begin(), filter.keywords.end());
  return Maker(filter, repo).Make(whole);
}

}  // namespace nmgr::repo
