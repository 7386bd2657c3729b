#include "jobspec/json_values.h"

#include <fmt/format.h>

#include <set>

#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

hcl::Span OpenOf(const hcl::JsonValue& value) { return {value.span.begin, value.span.begin + 1}; }

hcl::Value EvaluateJsonObject(const hcl::JsonValue& value, const hcl::EvalContext& context,
                              hcl::Diagnostics& diagnostics) {
  hcl::Fields fields;
  std::set<std::string> known;
  for (const hcl::JsonMember& member : value.members) {
    std::optional<std::string> key = EvaluateJsonKey(member, context, diagnostics);
    hcl::Value field = EvaluateJson(*member.value, context, diagnostics);
    if (!key) continue;
    if (!known.insert(*key).second) {
      diagnostics.Error(context.file, member.name_span, "Duplicate object attribute",
                        fmt::format("An attribute named \"{}\" was already defined.", *key));
      continue;
    }
    fields.push_back({*std::move(key), std::move(field)});
  }
  return hcl::Value::Object(std::move(fields));
}

void AddBlocks(const hcl::JsonMember& member, const hcl::JsonValue& value, std::size_t labels,
               JsonBlock block, const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics,
               std::vector<JsonBlock>& blocks) {
  if (labels > 0) {
    const std::vector<const hcl::JsonMember*> members = JsonMembers(value, file, diagnostics);
    if (members.empty()) {
      diagnostics.Error(
          file, OpenOf(value), "Missing block label",
          fmt::format("At least one object property is required, whose name is the label "
                      "of the {} block.",
                      member.name));
    }
    for (const hcl::JsonMember* inner : members) {
      JsonBlock labelled = block;
      labelled.labels.emplace_back(inner->name);
      labelled.label_spans.push_back(inner->name_span);
      AddBlocks(member, *inner->value, labels - 1, std::move(labelled), file, diagnostics, blocks);
    }
    return;
  }
  block.open = OpenOf(value);
  switch (value.kind) {
    case hcl::JsonKind::kNull:
      return;
    case hcl::JsonKind::kObject:
      block.body = &value;
      blocks.push_back(std::move(block));
      return;
    case hcl::JsonKind::kArray:
      for (const hcl::JsonValue* item : value.items) {
        block.body = item;
        blocks.push_back(block);
      }
      return;
    default:
      diagnostics.Error(
          file, value.span, "Incorrect JSON value type",
          fmt::format("Either a JSON object or a JSON array is required, representing the "
                      "contents of one or more \"{}\" blocks.",
                      member.name));
  }
}

}  // namespace

hcl::Value EvaluateJsonString(hcl::Span span, const hcl::EvalContext& context,
                              hcl::Diagnostics& diagnostics) {
  hcl::EvalContext inner = context;
  inner.file = hcl::JsonStringSource(context.file, span);
  const std::size_t before = diagnostics.error_count();
  const hcl::ExpressionPtr parsed = hcl::ParseTemplate(inner.file, diagnostics);
  if (diagnostics.error_count() != before) return hcl::Value::Unknown();
  return hcl::Evaluate(parsed->root(), inner, diagnostics);
}

std::optional<std::string> EvaluateJsonKey(const hcl::JsonMember& member,
                                           const hcl::EvalContext& context,
                                           hcl::Diagnostics& diagnostics) {
  if (context.scope == nullptr) return std::string(hcl::Value::Of(member.name).as_string());
  const std::size_t before = diagnostics.error_count();
  const hcl::Value value = EvaluateJsonString(member.name_span, context, diagnostics);
  if (diagnostics.error_count() != before) return std::nullopt;
  const hcl::Converted key = hcl::Convert(value, hcl::Type::String());
  if (key && (*key).has_content()) return std::string((*key).as_string());
  const bool is_null = key && (*key).is_null();
  diagnostics.Error(
      context.file, member.name_span, "Invalid object key expression",
      is_null ? "Cannot use null value as an object key."
      : key   ? "The value of an object key must be known."
              : fmt::format("Cannot use this expression as an object key: {}.", key.error()));
  return std::nullopt;
}

hcl::Value EvaluateJson(const hcl::JsonValue& value, const hcl::EvalContext& context,
                        hcl::Diagnostics& diagnostics) {
  switch (value.kind) {
    case hcl::JsonKind::kString:
      return context.scope == nullptr ? hcl::JsonScalar(value)
                                      : EvaluateJsonString(value.span, context, diagnostics);
    case hcl::JsonKind::kArray: {
      hcl::Values elements;
      elements.reserve(value.items.size());
      for (const hcl::JsonValue* item : value.items) {
        elements.push_back(EvaluateJson(*item, context, diagnostics));
      }
      return hcl::Value::Tuple(std::move(elements));
    }
    case hcl::JsonKind::kObject:
      return EvaluateJsonObject(value, context, diagnostics);
    default:
      return hcl::JsonScalar(value);
  }
}

std::optional<hcl::Type> EvaluateJsonType(const hcl::JsonValue& value, const hcl::SourcePtr& file,
                                          hcl::Diagnostics& diagnostics) {
  if (value.kind == hcl::JsonKind::kString) {
    const hcl::SourcePtr source = hcl::JsonStringSource(file, value.span);
    hcl::Diagnostics faults;
    const hcl::ExpressionPtr parsed = hcl::ParseExpression(source, faults);
    if (!faults.HasErrors()) {
      std::optional<hcl::Type> type = hcl::EvaluateType(parsed->root(), source, false, faults);
      if (type) return type;
      if (parsed->root().kind == hcl::ExprKind::kCall) {
        diagnostics.Append(std::move(faults));
      } else {
        diagnostics.Error(file, value.span, faults.items()[0].summary, faults.items()[0].detail);
      }
      return std::nullopt;
    }
  }
  diagnostics.Error(
      file, value.span, "Invalid type specification",
      "A type is a string that holds a primitive type keyword (bool, number, string) or a "
      "complex type constructor call, like \"list(string)\".");
  return std::nullopt;
}

std::vector<const hcl::JsonMember*> JsonMembers(const hcl::JsonValue& body,
                                                const hcl::SourcePtr& file,
                                                hcl::Diagnostics& diagnostics) {
  std::vector<const hcl::JsonMember*> members;
  const auto add = [&](const hcl::JsonValue& object) {
    for (const hcl::JsonMember& member : object.members) members.push_back(&member);
  };
  const auto refuse = [&](const hcl::JsonValue& value) {
    diagnostics.Error(file, value.span, "Incorrect JSON value type",
                      "A JSON object is required here, or an array of objects.");
  };
  if (body.kind == hcl::JsonKind::kObject) {
    add(body);
  } else if (body.kind == hcl::JsonKind::kArray) {
    for (const hcl::JsonValue* item : body.items) {
      if (item->kind == hcl::JsonKind::kObject) {
        add(*item);
      } else {
        refuse(*item);
      }
    }
  } else if (body.kind != hcl::JsonKind::kNull) {
    refuse(body);
  }
  return members;
}

std::vector<JsonBlock> JsonBlocks(const hcl::JsonMember& member, std::size_t labels,
                                  const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics) {
  std::vector<JsonBlock> blocks;
  AddBlocks(member, *member.value, labels, {}, file, diagnostics, blocks);
  return blocks;
}

}  // namespace nmgr::jobspec
