#include "jobspec/change_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobspec/body.h"
#include "jobspec/names.h"
#include "nmgr/base/text.h"

namespace nmgr::jobspec {
namespace {

const VariableInput kNoInput;

const hcl::Expr* FindExprAt(const hcl::Body& body, hcl::Span place) {
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute != nullptr) {
      if (item.attribute->expr->span == place) return item.attribute->expr;
    } else if (const hcl::Expr* found = FindExprAt(*item.block->body, place)) {
      return found;
    }
  }
  return nullptr;
}

const hcl::JsonValue* FindJsonAt(const hcl::JsonValue& value, hcl::Span place) {
  if (value.span == place) return &value;
  for (const hcl::JsonValue* item : value.items) {
    if (const hcl::JsonValue* found = FindJsonAt(*item, place)) return found;
  }
  for (const hcl::JsonMember& member : value.members) {
    if (const hcl::JsonValue* found = FindJsonAt(*member.value, place)) return found;
  }
  return nullptr;
}

std::size_t CountPlaced(const EvaluatedBody& body, hcl::Span place) {
  std::size_t count = 0;
  for (const EvaluatedAttribute& attribute : body.attributes) {
    count += attribute.place.tail == place ? 1 : 0;
  }
  for (const EvaluatedBlock& block : body.blocks) count += CountPlaced(block.body, place);
  return count;
}

std::size_t CountPlaced(const EvaluatedJson& value, hcl::Span place) {
  std::size_t count = value.place == place ? 1 : 0;
  for (const EvaluatedJson& item : value.items) count += CountPlaced(item, place);
  for (const EvaluatedJsonMember& member : value.members) count += CountPlaced(member.value, place);
  return count;
}

hcl::Value ValueOfJson(const EvaluatedJson& json) {
  if (json.kind != EvaluatedJson::Kind::kNumberText) return json.leaf;
  const std::optional<hcl::Number> number = hcl::Number::Parse(json.number);
  return number ? hcl::Value::Of(*number) : hcl::Value::Unknown();
}

// Follows steps through an evaluated job.
class TargetFinder {
 public:
  TargetFinder(const Evaluation& evaluation, const Steps& steps, hcl::Diagnostics& diagnostics)
      : evaluation_(evaluation), steps_(steps), diagnostics_(diagnostics) {}

  std::optional<Target> InBody(const EvaluatedBody& body, std::size_t at, bool map);
  std::optional<Target> InJson(const EvaluatedJson& json, std::size_t at, bool map);
  std::optional<Target> InValue(const SpecExpr& expr, const hcl::Value& value, std::size_t at,
                                bool takes_text);
  std::optional<Target> Fail(std::size_t at, const std::vector<std::string>& names);

 private:
  std::optional<Target> Refuse(std::string summary, std::string detail) {
    diagnostics_.Add({hcl::Severity::kError, std::move(summary), std::move(detail), nullptr,
                      std::nullopt, std::nullopt});
    return std::nullopt;
  }
  std::string Path(std::size_t end) const {
    return TextOfSteps({steps_.begin(), steps_.begin() + static_cast<long>(end)});
  }
  bool HasLabels(const EvaluatedBlock& block, std::size_t at) const;

  const Evaluation& evaluation_;
  const Steps& steps_;
  hcl::Diagnostics& diagnostics_;
};

std::optional<Target> TargetFinder::Fail(std::size_t at, const std::vector<std::string>& names) {
  const std::set<std::string> sorted(names.begin(), names.end());
  const std::vector<std::string> unique(sorted.begin(), sorted.end());
  const std::string missing = TextOfSteps({steps_[at]});
  const std::string where = at == 0 ? "the job" : fmt::format("\"{}\"", Path(at));
  return Refuse("No such argument",
                fmt::format("In {}, {} has no \"{}\".{}{}", evaluation_.spec().path, where, missing,
                            DidYouMean(missing, unique),
                            unique.empty() ? std::string()
                                           : fmt::format(" It has: {}.", Join(unique, ", "))));
}

bool TargetFinder::HasLabels(const EvaluatedBlock& block, std::size_t at) const {
  for (std::size_t i = 0; i < block.labels.size(); ++i) {
    if (at + i >= steps_.size() || steps_[at + i].index || steps_[at + i].name != block.labels[i]) {
      return false;
    }
  }
  return true;
}

std::optional<Target> TargetFinder::InValue(const SpecExpr& expr, const hcl::Value& value,
                                            std::size_t at, bool takes_text) {
  const hcl::Value* part = &value;
  for (std::size_t i = at; i < steps_.size(); ++i) {
    const hcl::Value* const inner = PartOf(*part, steps_[i]);
    if (inner == nullptr) {
      std::vector<std::string> names;
      const bool keyed = part->has_content() &&
                         (part->kind() == hcl::Kind::kObject || part->kind() == hcl::Kind::kMap);
      if (keyed) {
        for (const hcl::Field& field : part->fields()) names.emplace_back(field.key);
      }
      return Fail(i, names);
    }
    part = inner;
  }
  const bool whole = part->has_content() && part->kind() != hcl::Kind::kString &&
                     part->kind() != hcl::Kind::kNumber && part->kind() != hcl::Kind::kBool;
  if (whole) {
    return Refuse("Not one value",
                  fmt::format("\"{}\" of {} is an object or a list. Name the part of it that is to "
                              "change: KEY or [N] behind it.",
                              Path(steps_.size()), evaluation_.spec().path));
  }
  const Steps rest(steps_.begin() + static_cast<long>(at), steps_.end());
  return Target{Path(steps_.size()), expr, rest, *part, takes_text || !rest.empty()};
}

std::optional<Target> TargetFinder::InBody(const EvaluatedBody& body, std::size_t at, bool map) {
  std::vector<std::string> names;
  if (at < steps_.size() && !steps_[at].index) {
    const std::string& name = steps_[at].name;
    if (const EvaluatedAttribute* attribute = body.FindAttribute(name)) {
      const std::optional<SpecExpr> expr = evaluation_.At(attribute->place.tail);
      if (expr) return InValue(*expr, attribute->value, at + 1, map);
    }
    std::vector<const EvaluatedBlock*> found;
    for (const EvaluatedBlock& block : body.blocks) {
      if (block.type != name) continue;
      if (HasLabels(block, at + 1)) found.push_back(&block);
      names.push_back(TextOfSteps(block.labels.empty() ? Steps{{name}}
                                                       : Steps{{name}, {block.labels.front()}}));
    }
    if (!found.empty()) {
      std::size_t next = at + 1 + found.front()->labels.size();
      std::size_t chosen = 0;
      if (next < steps_.size() && steps_[next].index) {
        chosen = *steps_[next++].index;
        if (chosen >= found.size()) return Fail(next - 1, {});
      } else if (found.size() > 1) {
        return Refuse(
            "Several blocks",
            fmt::format("{0} has {1} of \"{2}\": name one, {2}[0] to {2}[{3}].",
                        evaluation_.spec().path, found.size(), Path(next), found.size() - 1));
      }
      return InBody(found[chosen]->body, next, map || IsSchemaless(name));
    }
  }
  if (at >= steps_.size()) {
    return Refuse("Not one value",
                  fmt::format("\"{}\" of {} is a block. Name the argument in it that is to change.",
                              Path(at), evaluation_.spec().path));
  }
  if (names.empty()) {
    for (const EvaluatedAttribute& attribute : body.attributes) names.push_back(attribute.name);
    for (const EvaluatedBlock& block : body.blocks) {
      names.push_back(TextOfSteps(block.labels.empty() ? Steps{{block.type}}
                                                       : Steps{{block.type}, {block.labels[0]}}));
    }
  }
  return Fail(at, names);
}

// Bodies, blocks and levels of labels are all objects, or arrays of them.
std::optional<Target> TargetFinder::InJson(const EvaluatedJson& json, std::size_t at, bool map) {
  using Kind = EvaluatedJson::Kind;
  if (json.kind == Kind::kLeaf || json.kind == Kind::kNumberText) {
    const std::optional<SpecExpr> expr = evaluation_.At(json.place);
    if (expr) return InValue(*expr, ValueOfJson(json), at, map);
  }
  if (at >= steps_.size()) {
    return Refuse("Not one value",
                  fmt::format("\"{}\" of {} holds several. Name the one that is to change.",
                              Path(at), evaluation_.spec().path));
  }
  const Step& step = steps_[at];
  if (json.kind == Kind::kArray && (step.index || json.items.size() == 1)) {
    const std::size_t index = step.index.value_or(0);
    if (index >= json.items.size()) return Fail(at, {});
    return InJson(json.items[index], step.index ? at + 1 : at, map);
  }
  std::vector<const EvaluatedJsonMember*> found;
  std::vector<std::string> names;
  const auto look = [&](const EvaluatedJson& object) {
    for (const EvaluatedJsonMember& member : object.members) {
      names.push_back(TextOfSteps({{member.name}}));
      if (!step.index && member.name == step.name) found.push_back(&member);
    }
  };
  look(json);
  for (const EvaluatedJson& item : json.items) look(item);
  if (found.empty()) return Fail(at, names);
  if (found.size() > 1) {
    return Refuse("Several blocks", fmt::format("{} has {} of \"{}\".", evaluation_.spec().path,
                                                found.size(), Path(at + 1)));
  }
  return InJson(found.front()->value, at + 1, map || IsSchemaless(step.name));
}

const hcl::Value* NameInScope(const Evaluation& evaluation, std::string_view root,
                              std::string_view name) {
  const hcl::Value* all = evaluation.session().scope.Find(root);
  return all == nullptr ? nullptr : all->Find(name);
}

// A local or the default of a variable, named as such. `is_name` is false where the key names
// neither.
std::optional<Target> FindNamedTarget(const Evaluation& evaluation, const Steps& steps,
                                      bool& is_name, hcl::Diagnostics& diagnostics) {
  const std::string& kind = steps[0].name;
  const bool local = kind == "local" || kind == "locals";
  is_name = local || kind == "variable" || kind == "variables" || kind == "var";
  if (!is_name) return std::nullopt;
  TargetFinder finder(evaluation, steps, diagnostics);
  if (steps.size() < 2) return finder.Fail(0, {});
  const std::string& name = steps[1].name;
  const std::optional<SpecExpr> expr = local ? evaluation.Local(name) : evaluation.Default(name);
  const hcl::Value* const value = NameInScope(evaluation, local ? "local" : "var", name);
  if (!expr || value == nullptr) return finder.Fail(1, {});
  const std::size_t next = !local && steps.size() > 2 && steps[2].name == "default" ? 3 : 2;
  std::optional<Target> target = finder.InValue(*expr, *value, next, true);
  if (target && !local) target->variable = name;
  return target;
}

std::string ImageTaskName(const Image& image) {
  return fmt::format("{}/{}", image.group, image.task);
}

std::optional<Target> ImageTargetOf(const Evaluation& evaluation, const PlacedImage& placed) {
  const std::optional<SpecExpr> expr = evaluation.At(placed.place);
  if (!expr) return std::nullopt;
  return Target{fmt::format("image of {}", ImageTaskName(placed.image)),
                *expr,
                {},
                hcl::Value::Of(placed.image.image),
                true};
}

// `is_task` is false where no task has that name.
std::optional<Target> FindImageTarget(const Evaluation& evaluation, std::string_view key,
                                      bool& is_task, hcl::Diagnostics& diagnostics) {
  std::vector<PlacedImage> found;
  std::vector<std::string> names;
  for (PlacedImage& placed : evaluation.Images()) {
    names.push_back(ImageTaskName(placed.image));
    const bool is_it = key == "image" || key == placed.image.task || key == names.back();
    if (is_it) found.push_back(std::move(placed));
  }
  is_task = key == "image" || !found.empty();
  if (!is_task) return std::nullopt;
  if (found.size() == 1) return ImageTargetOf(evaluation, found.front());
  const std::string& path = evaluation.spec().path;
  std::string detail = names.empty()
                           ? fmt::format("No task of {} has an image.", path)
                           : fmt::format("In {}, these tasks have one: {}. Name one: {}=REF.", path,
                                         Join(names, ", "), names.front());
  diagnostics.Add(
      {hcl::Severity::kError,
       names.empty() ? "No image" : fmt::format("\"{}\" is the image of several tasks", key),
       std::move(detail), nullptr, std::nullopt, std::nullopt});
  return std::nullopt;
}

}  // namespace

Evaluation::Evaluation(const ParsedSpec& spec, const SpecContext& context)
    : spec_(spec.valid ? WithTree(spec) : spec),
      context_(context),
      session_(spec.source, spec.path, context),
      variables_(session_) {}

bool Evaluation::Run(hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  const VariableInput& input = context_.variables == nullptr ? kNoInput : *context_.variables;
  files_ = ReadVariableFiles(context_, diagnostics);
  if (!files_) return false;
  top_ = ReadTopLevel(spec_, diagnostics);
  CheckTopLevel(spec_, diagnostics);
  if (diagnostics.error_count() != before) return false;
  if (!EvaluateNames(top_, input, *files_, session_, variables_, diagnostics)) return false;
  if (!top_.jobs.empty()) {
    job_ = EvaluateJob(*top_.jobs.front(), session_, diagnostics);
  } else if (!top_.json_jobs.empty()) {
    json_job_ = EvaluateJsonJob(top_.json_jobs.front(), session_, diagnostics);
  }
  return diagnostics.error_count() == before && (job_ || json_job_);
}

std::string_view Evaluation::label() const {
  if (json_job_) return json_job_->label;
  return job_ && !job_->labels.empty() ? std::string_view(job_->labels.front())
                                       : std::string_view();
}

std::vector<PlacedImage> Evaluation::Images() const {
  return job_ ? PlacedImagesOf(*job_) : PlacedImagesOf(*json_job_);
}

std::optional<SpecExpr> Evaluation::Local(std::string_view name) const {
  std::optional<SpecExpr> found;
  for (const Section& section : top_.locals) {
    for (const SectionAttribute& attribute : section.attributes) {
      if (attribute.name == name) found = attribute.expr;
    }
  }
  return found;
}

std::optional<SpecExpr> Evaluation::Default(std::string_view variable) const {
  for (const Section& section : top_.variables) {
    const bool is_block = section.type == "variable";
    if (is_block && section.labels.front() != variable) continue;
    const SectionAttribute* attribute = section.Find(is_block ? "default" : variable);
    if (attribute != nullptr) return attribute->expr;
  }
  return std::nullopt;
}

std::optional<SpecExpr> Evaluation::At(hcl::Span place) const {
  if (!top_.jobs.empty()) {
    const hcl::Expr* expr = FindExprAt(*top_.jobs.front()->body, place);
    return expr == nullptr ? std::nullopt : std::optional(ExprOf(*expr, spec_.source));
  }
  const hcl::JsonValue* value = FindJsonAt(*top_.json_jobs.front().body, place);
  return value == nullptr ? std::nullopt : std::optional(ExprOf(*value, spec_.source));
}

std::size_t Evaluation::CountAt(hcl::Span place) const {
  return job_ ? CountPlaced(job_->body, place) : CountPlaced(json_job_->body, place);
}

std::optional<Target> FindTarget(const Evaluation& evaluation, std::string_view key,
                                 hcl::Diagnostics& diagnostics) {
  bool found = false;
  std::optional<Target> image = FindImageTarget(evaluation, key, found, diagnostics);
  if (found) return image;
  std::optional<Steps> steps = ParseSteps(key);
  if (!steps) {
    diagnostics.Add({hcl::Severity::kError, "No such argument",
                     fmt::format("\"{}\" is no task with an image and no path.", key), nullptr,
                     std::nullopt, std::nullopt});
    return std::nullopt;
  }
  std::optional<Target> name = FindNamedTarget(evaluation, *steps, found, diagnostics);
  if (found) return name;
  if (steps->size() > 1 && steps->front().name == "job") steps->erase(steps->begin());
  if (steps->size() > 1 && steps->front().name == evaluation.label()) {
    steps->erase(steps->begin());
  }
  TargetFinder finder(evaluation, *steps, diagnostics);
  return evaluation.body() != nullptr ? finder.InBody(*evaluation.body(), 0, false)
                                      : finder.InJson(*evaluation.json(), 0, false);
}

}  // namespace nmgr::jobspec
