#include "jobspec/json_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "jobspec/body.h"
#include "jobspec/driver_value.h"
#include "jobspec/dynamic.h"
#include "jobspec/unfit_values.h"
#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::jobspec {
namespace {

// Whether Nomad reads these maps as an expression, whose keys are templates, and not as a block.
bool IsMapArgument(std::string_view type, std::string_view outer) {
  if (type == "env") return outer == "task";
  return type == "meta" && (outer == "job" || outer == "group" || outer == "task");
}

bool IsScalar(const hcl::JsonValue& value) {
  return value.kind != hcl::JsonKind::kArray && value.kind != hcl::JsonKind::kObject &&
         value.kind != hcl::JsonKind::kNull;
}

// What an object is: the body of a block `type` (or its labels), the body of a block that Nomad
// takes as it is, or a value, where alone keys are templates and "//" is no comment.
struct Place {
  enum class Form { kBody, kMap, kData } form;
  std::string_view type;
  bool labels = false;

  bool HasComments() const { return form != Form::kData && !labels; }
  Place Inside(std::string_view name) const {
    if (form != Form::kBody) return {Form::kData, name};
    if (labels) return {Form::kBody, type};
    if (!IsSchemaless(name)) return {Form::kBody, name, HasLabel(name)};
    return {IsMapArgument(name, type) ? Form::kData : Form::kMap, name};
  }
};

class JsonEvaluation {
 public:
  JsonEvaluation(Session& session, hcl::Diagnostics& diagnostics)
      : session_(session), diagnostics_(&diagnostics), unfit_(session, diagnostics) {}

  EvaluatedJson Evaluate(const hcl::JsonValue& value, const hcl::Scope& scope, const Place& place);
  void ReportDeferred() {
    diagnostics_->Append(std::move(deferred_));
    unfit_.ReportTo(*diagnostics_);
  }

 private:
  using Seen = std::map<std::string, const hcl::JsonMember*, std::less<>>;

  // What a block of this type holds ("": no block), its faults where they belong.
  EvaluatedJson EvaluateInner(std::string_view type, const hcl::JsonValue& value,
                              const hcl::Scope& scope, const Place& place);
  void EvaluateMember(const hcl::JsonMember& member, const hcl::Scope& scope, const Place& place,
                      Seen& seen, EvaluatedJson& result);
  void EvaluateDynamics(const hcl::JsonMember& member, const hcl::Scope& scope,
                        EvaluatedJson& result);
  void CheckRepetition(const hcl::JsonMember& member, const std::string& name, const Place& place,
                       Seen& seen);
  void ExpandDynamic(const hcl::JsonMember& type, const hcl::JsonValue& spec,
                     const hcl::Scope& scope, EvaluatedJson& result);
  bool ReadDynamic(const hcl::JsonValue& spec, Section& section, const hcl::JsonValue*& content);
  std::string IteratorOf(const SectionAttribute& attribute);
  std::optional<EvaluatedJson> ExpandOne(const SectionAttribute* labels,
                                         const hcl::JsonValue& content, const hcl::Scope& scope,
                                         const Place& place);

  bool IsDriverData() const { return diagnostics_ == &deferred_; }

  Session& session_;
  hcl::Diagnostics* diagnostics_;
  hcl::Diagnostics deferred_;
  UnfitValues unfit_;
};

EvaluatedJson JsonEvaluation::Evaluate(const hcl::JsonValue& value, const hcl::Scope& scope,
                                       const Place& place) {
  EvaluatedJson result;
  result.place = value.span;
  session_.budget -= kBlockCost;
  switch (value.kind) {
    case hcl::JsonKind::kNumber:
      result.kind = EvaluatedJson::Kind::kNumberText;
      result.number = value.text;
      if (IsDriverData()) unfit_.Check(hcl::JsonScalar(value), value.span, true);
      return result;
    case hcl::JsonKind::kArray:
      result.kind = EvaluatedJson::Kind::kArray;
      for (const hcl::JsonValue* item : value.items) {
        result.items.push_back(Evaluate(*item, scope, place));
      }
      return result;
    case hcl::JsonKind::kObject: {
      result.kind = EvaluatedJson::Kind::kObject;
      Seen seen;
      for (const hcl::JsonMember& member : value.members) {
        EvaluateMember(member, scope, place, seen, result);
      }
      return result;
    }
    default:
      result.leaf = EvaluateJson(value, session_.ForJob(scope), *diagnostics_);
      session_.ChargeOutput(result.leaf, value.span, *diagnostics_);
      unfit_.Check(result.leaf, value.span, IsDriverData());
      if (IsDriverData()) result.leaf = DriverValue(std::move(result.leaf));
      return result;
  }
}

EvaluatedJson JsonEvaluation::EvaluateInner(std::string_view type, const hcl::JsonValue& value,
                                            const hcl::Scope& scope, const Place& place) {
  if (!IsDeferred(type)) return Evaluate(value, scope, place);
  hcl::Diagnostics* const before = diagnostics_;
  diagnostics_ = &deferred_;
  EvaluatedJson result = Evaluate(value, scope, place);
  diagnostics_ = before;
  return result;
}

void JsonEvaluation::EvaluateMember(const hcl::JsonMember& member, const hcl::Scope& scope,
                                    const Place& place, Seen& seen, EvaluatedJson& result) {
  if (session_.budget < 0 || session_.output_left < 0) return;
  const bool body = place.form == Place::Form::kBody && !place.labels;
  if (body && member.name == "dynamic") return EvaluateDynamics(member, scope, result);
  if (place.HasComments() && member.name == "//") return;

  const bool template_key = place.form == Place::Form::kData;
  std::optional<std::string> name(member.name);
  if (template_key) name = EvaluateJsonKey(member, session_.ForJob(scope), *diagnostics_);
  if (name) CheckRepetition(member, *name, place, seen);

  EvaluatedJson value = EvaluateInner(body ? std::string_view(member.name) : std::string_view(),
                                      *member.value, scope, place.Inside(member.name));
  if (name) result.members.push_back({*std::move(name), template_key, std::move(value)});
}

void JsonEvaluation::EvaluateDynamics(const hcl::JsonMember& member, const hcl::Scope& scope,
                                      EvaluatedJson& result) {
  for (const hcl::JsonMember* type : JsonMembers(*member.value, session_.source, *diagnostics_)) {
    for (const JsonBlock& block : JsonBlocks(*type, 0, session_.source, *diagnostics_)) {
      ExpandDynamic(*type, *block.body, scope, result);
    }
  }
}

// In a body a name may come again for one more block; but no block is a scalar.
void JsonEvaluation::CheckRepetition(const hcl::JsonMember& member, const std::string& name,
                                     const Place& place, Seen& seen) {
  const auto [first, is_new] = seen.emplace(name, &member);
  if (is_new) return;
  const bool both_scalar = IsScalar(*member.value) && IsScalar(*first->second->value);
  if (place.form == Place::Form::kBody && !both_scalar) return;
  diagnostics_->Error(
      session_.source, member.name_span,
      place.form == Place::Form::kData ? "Duplicate object attribute" : "Duplicate argument",
      fmt::format("\"{}\" was already set.", name));
}

bool JsonEvaluation::ReadDynamic(const hcl::JsonValue& spec, Section& section,
                                 const hcl::JsonValue*& content) {
  static const SectionSchema kSchema{{"for_each", "iterator", "labels"}, {"for_each"}, {"content"}};
  const std::size_t before = diagnostics_->error_count();
  section = SectionOf(spec, {"content"}, session_.source, *diagnostics_);
  CheckSection(section, kSchema, session_.source, *diagnostics_);
  if (diagnostics_->error_count() != before) return false;
  std::vector<const hcl::JsonValue*> contents;
  for (const hcl::JsonMember* member : JsonMembers(spec, session_.source, *diagnostics_)) {
    if (member->name != "content") continue;
    for (const JsonBlock& block : JsonBlocks(*member, 0, session_.source, *diagnostics_)) {
      contents.push_back(block.body);
    }
  }
  if (contents.size() != 1) {
    diagnostics_->Error(
        session_.source, contents.empty() ? section.missing : contents[1]->span,
        contents.empty() ? "Missing dynamic content block" : "Extraneous dynamic content block",
        "A dynamic block has exactly one \"content\", the body of each generated block.");
    return false;
  }
  content = contents[0];
  return true;
}

std::string JsonEvaluation::IteratorOf(const SectionAttribute& attribute) {
  const hcl::JsonValue& value = *attribute.expr.json;
  if (value.kind == hcl::JsonKind::kString && hcl::IsIdentifier(value.text)) {
    return std::string(value.text);
  }
  diagnostics_->Error(session_.source, value.span, "Invalid dynamic iterator name",
                      "The iterator is a string that holds one name.");
  return {};
}

std::optional<EvaluatedJson> JsonEvaluation::ExpandOne(const SectionAttribute* labels,
                                                       const hcl::JsonValue& content,
                                                       const hcl::Scope& scope,
                                                       const Place& place) {
  std::vector<std::string> names;
  if (labels != nullptr) {
    for (const hcl::JsonValue* item : labels->expr.json->items) {
      const std::size_t before = diagnostics_->error_count();
      const hcl::Value value = EvaluateJson(*item, session_.ForJob(scope), *diagnostics_);
      std::optional<std::string> name;
      if (diagnostics_->error_count() == before) {
        name = LabelOf(value, session_.source, item->span, *diagnostics_);
      }
      if (!name && !session_.partly) return std::nullopt;
      names.push_back(name ? *std::move(name) : std::string(kUnknownImage));
    }
  }
  EvaluatedJson body = EvaluateInner(place.type, content, scope, place);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    EvaluatedJson outer;
    outer.kind = EvaluatedJson::Kind::kObject;
    outer.members.push_back({std::move(*name), false, std::move(body)});
    body = std::move(outer);
  }
  return body;
}

// The blocks of one dynamic block, as one more member of its body.
void JsonEvaluation::ExpandDynamic(const hcl::JsonMember& type, const hcl::JsonValue& spec,
                                   const hcl::Scope& scope, EvaluatedJson& result) {
  Section section;
  const hcl::JsonValue* content = nullptr;
  if (!ReadDynamic(spec, section, content)) return;
  std::string iterator(type.name);
  if (const SectionAttribute* given = section.Find("iterator")) iterator = IteratorOf(*given);
  if (iterator.empty()) return;

  const SectionAttribute& for_each = *section.Find("for_each");
  const std::size_t before = diagnostics_->error_count();
  const hcl::Value each = EvaluateExpr(for_each.expr, session_.ForJob(scope), *diagnostics_);
  std::optional<std::vector<Iteration>> iterations;
  if (diagnostics_->error_count() == before) {
    iterations = IterationsOf(each, session_.source, for_each.expr.span, *diagnostics_);
  }
  const bool unknown = session_.partly && (!iterations || !each.is_known());
  if (!iterations && !unknown) return;
  if (unknown) iterations = {{hcl::Value::Unknown(), hcl::Value::Unknown()}};
  const SectionAttribute* labels = section.Find("labels");
  if (labels != nullptr && labels->expr.json->kind != hcl::JsonKind::kArray) {
    diagnostics_->Error(session_.source, labels->expr.span, "Invalid expression",
                        "Labels are given as an array.");
    return;
  }

  const Place place{IsSchemaless(type.name) ? Place::Form::kMap : Place::Form::kBody, type.name};
  EvaluatedJson blocks;
  blocks.kind = EvaluatedJson::Kind::kArray;
  for (const Iteration& iteration : *iterations) {
    if (session_.budget < 0 || session_.output_left < 0) break;
    hcl::Scope inner(&scope);
    inner.Set(iterator, hcl::Value::Object({{"key", iteration.key}, {"value", iteration.value}}));
    std::optional<EvaluatedJson> block = ExpandOne(labels, *content, inner, place);
    if (block) blocks.items.push_back(*std::move(block));
  }
  if (session_.budget < 0) {
    diagnostics_->Error(session_.source, type.name_span, "Evaluation too large",
                        "The dynamic blocks of this spec make more blocks than any job needs.");
  }
  if (!blocks.items.empty()) {
    result.members.push_back({std::string(type.name), false, std::move(blocks)});
  }
}

}  // namespace

bool HasLabel(std::string_view type) {
  static constexpr std::array<std::string_view, 8> kTypes = {"action", "device", "group", "port",
                                                             "region", "secret", "task",  "volume"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

EvaluatedJsonJob EvaluateJsonJob(const JsonBlock& block, Session& session,
                                 hcl::Diagnostics& diagnostics) {
  EvaluatedJsonJob job;
  job.label = block.labels.front();
  JsonMembers(*block.body, session.source, diagnostics);  // reports a body of another kind
  JsonEvaluation evaluation(session, diagnostics);
  job.body = evaluation.Evaluate(*block.body, session.scope, {Place::Form::kBody, "job"});
  evaluation.ReportDeferred();
  return job;
}

}  // namespace nmgr::jobspec
