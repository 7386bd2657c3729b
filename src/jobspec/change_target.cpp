#include "jobspec/change_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobspec/body.h"
#include "jobspec/names.h"
#include "nmgr/base/text.h"
#include "nmgr/jobspec/texts.h"

namespace nmgr::jobspec {
namespace {

// What leads to a block from the one around it: "task.web".
std::string StepsTo(const EvaluatedBlock& block) {
  Steps steps = {{block.type}};
  if (!block.labels.empty()) steps.push_back({block.labels.front()});
  return TextOfSteps(steps);
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
    diagnostics_.Error(std::move(summary), std::move(detail));
    return std::nullopt;
  }
  std::string Path(std::size_t end) const {
    return TextOfSteps({steps_.begin(), steps_.begin() + static_cast<long>(end)});
  }
  bool HasLabels(const EvaluatedBlock& block, std::size_t at) const;
  ChangedValue Shown(std::size_t at, const hcl::Value* list) const;

  const Evaluation& evaluation_;
  const Steps& steps_;
  hcl::Diagnostics& diagnostics_;
  std::vector<std::string> list_;      // of a JSON spec, around the leaf
  std::vector<std::string> programs_;  // beside the argument
};

// Texts of the elements of a list, none of anything else.
std::vector<std::string> ElementTexts(const hcl::Value& value) {
  std::vector<std::string> texts;
  if (!value.has_content() || !hcl::IsSequenceOrSet(value.kind())) return texts;
  for (const hcl::Value& element : value.elements()) texts.push_back(TextOf(element));
  return texts;
}

// What may run the arguments of a body; `find` gives null for what it has not.
template <class Find>
std::vector<std::string> ProgramsBeside(const Find& find) {
  std::vector<std::string> programs;
  for (const std::string_view name : {"image", "command", "entrypoint"}) {
    const hcl::Value value = find(name);
    const std::vector<std::string> elements = ElementTexts(value);
    const std::string text = elements.empty() ? TextOf(value) : elements.front();
    if (!text.empty()) programs.push_back(text);
  }
  return programs;
}

hcl::Value ValueInJson(const EvaluatedJson& object, std::string_view name) {
  for (const EvaluatedJsonMember& member : object.members) {
    if (member.name != name) continue;
    const EvaluatedJson& value = member.value;
    return value.kind == EvaluatedJson::Kind::kArray && !value.items.empty()
               ? ValueOfJson(value.items.front())
               : ValueOfJson(value);
  }
  return hcl::Value::Null();
}

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

// `at`: the first step behind the argument's name.
ChangedValue TargetFinder::Shown(std::size_t at, const hcl::Value* list) const {
  std::size_t name = std::min(at, steps_.size()) - (at > 0 ? 1 : 0);
  while (name > 0 && steps_[name].index) --name;
  ChangedValue shown;
  shown.name = TextOfSteps({steps_.begin() + static_cast<long>(name), steps_.end()});
  if (!steps_.empty() && steps_.back().index) {
    shown.list = list != nullptr ? ElementTexts(*list) : list_;
    shown.index = *steps_.back().index;
    if (shown.index >= shown.list.size()) shown.list.clear();
  }
  shown.programs = programs_;
  return shown;
}

std::optional<Target> TargetFinder::InValue(const SpecExpr& expr, const hcl::Value& value,
                                            std::size_t at, bool takes_text) {
  const hcl::Value* part = &value;
  const hcl::Value* around = nullptr;
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
    around = part;
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
  return Target{Path(steps_.size()), expr, rest, *part, takes_text || !rest.empty(),
                Shown(at, around)};
}

std::optional<Target> TargetFinder::InBody(const EvaluatedBody& body, std::size_t at, bool map) {
  std::vector<std::string> names;
  if (at < steps_.size() && !steps_[at].index) {
    const std::string& name = steps_[at].name;
    if (const EvaluatedAttribute* attribute = body.FindAttribute(name)) {
      const std::optional<SpecExpr> expr = evaluation_.At(attribute->place.tail);
      programs_ = ProgramsBeside([&](std::string_view beside) {
        const EvaluatedAttribute* const found = body.FindAttribute(beside);
        return found == nullptr ? hcl::Value::Null() : found->value;
      });
      if (expr) return InValue(*expr, attribute->value, at + 1, map);
    }
    std::vector<const EvaluatedBlock*> found;
    for (const EvaluatedBlock& block : body.blocks) {
      if (block.type != name) continue;
      if (HasLabels(block, at + 1)) found.push_back(&block);
      names.push_back(StepsTo(block));
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
      names.push_back(StepsTo(block));
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
    list_.clear();
    for (const EvaluatedJson& item : json.items) list_.push_back(TextOf(ValueOfJson(item)));
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
  programs_ = ProgramsBeside([&](std::string_view beside) { return ValueInJson(json, beside); });
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
  if (!target) return target;
  if (!local) target->variable = name;
  Steps named = {steps[1]};
  named.insert(named.end(), steps.begin() + static_cast<long>(next), steps.end());
  target->shown.name = TextOfSteps(named);
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
                true,
                {{}, "image"}};
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
  diagnostics.Error(
      names.empty() ? "No image" : fmt::format("\"{}\" is the image of several tasks", key),
      std::move(detail));
  return std::nullopt;
}

}  // namespace

std::optional<Target> FindTarget(const Evaluation& evaluation, std::string_view key,
                                 hcl::Diagnostics& diagnostics) {
  bool found = false;
  std::optional<Target> image = FindImageTarget(evaluation, key, found, diagnostics);
  if (found) return image;
  std::optional<Steps> steps = ParseSteps(key);
  if (!steps) {
    diagnostics.Error("No such argument",
                      fmt::format("\"{}\" is no task with an image and no path.", key));
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
