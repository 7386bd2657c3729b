#include "jobspec/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobspec/json_values.h"
#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::jobspec {
namespace {

bool Contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string ListOf(const std::vector<std::string_view>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

const SectionAttribute* Section::Find(std::string_view name) const {
  for (const SectionAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

SpecExpr ExprOf(const hcl::Expr& expr, const hcl::SourcePtr& file) {
  return {file, expr.span, &expr, nullptr};
}

SpecExpr ExprOf(const hcl::JsonValue& value, const hcl::SourcePtr& file) {
  return {file, value.span, nullptr, &value};
}

hcl::Span SpecExpr::start() const {
  return native == nullptr ? span : hcl::StartSpan(*native, *file);
}

hcl::Value EvaluateExpr(const SpecExpr& expr, hcl::EvalContext context,
                        hcl::Diagnostics& diagnostics) {
  context.file = expr.file;
  if (expr.json != nullptr) return EvaluateJson(*expr.json, context, diagnostics);
  return hcl::Evaluate(*expr.native, context, diagnostics);
}

std::optional<hcl::Type> EvaluateTypeExpr(const SpecExpr& expr, hcl::Diagnostics& diagnostics) {
  if (expr.json != nullptr) return EvaluateJsonType(*expr.json, expr.file, diagnostics);
  return hcl::EvaluateType(*expr.native, expr.file, false, diagnostics);
}

namespace {

void AddReferences(const hcl::Expr& expr, const hcl::SourceFile& file,
                   std::vector<Reference>& references) {
  for (const hcl::TraversalExpr* traversal : hcl::References(expr)) {
    Reference reference{std::string(traversal->root),
                        {},
                        file.InOrigin(traversal->span),
                        file.InOrigin(traversal->root_span)};
    if (!traversal->steps.empty()) {
      const hcl::TraversalStep& step = traversal->steps.front();
      if (step.kind == hcl::TraversalStep::Kind::kAttribute) reference.attribute = step.name;
      reference.attribute_span = file.InOrigin(step.span);
    }
    references.push_back(std::move(reference));
  }
}

void AddJsonReferences(const hcl::JsonValue& value, const hcl::SourcePtr& file,
                       std::vector<Reference>& references) {
  if (value.kind == hcl::JsonKind::kString) {
    const hcl::SourcePtr source = hcl::JsonStringSource(file, value.span);
    hcl::Diagnostics ignored;
    const hcl::ExpressionPtr parsed = hcl::ParseTemplate(source, ignored);
    if (!ignored.HasErrors()) AddReferences(parsed->root(), *source, references);
    return;
  }
  for (const hcl::JsonValue* item : value.items) AddJsonReferences(*item, file, references);
  for (const hcl::JsonMember& member : value.members) {
    AddJsonReferences({hcl::JsonKind::kString, member.name_span, member.name}, file, references);
    AddJsonReferences(*member.value, file, references);
  }
}

}  // namespace

std::vector<Reference> ReferencesOf(const SpecExpr& expr) {
  std::vector<Reference> references;
  if (expr.json != nullptr) {
    AddJsonReferences(*expr.json, expr.file, references);
  } else {
    AddReferences(*expr.native, *expr.file, references);
  }
  return references;
}

void CheckSection(const Section& section, const SectionSchema& schema, const hcl::SourcePtr& file,
                  hcl::Diagnostics& diagnostics) {
  for (const std::string_view name : schema.required) {
    if (section.Find(name) != nullptr) continue;
    diagnostics.Error(
        file, section.missing, "Missing required argument",
        fmt::format("The argument \"{}\" is required, but no definition was found.", name));
  }
  for (const Section& block : section.blocks) {
    if (!Contains(schema.blocks, block.type) || block.labels.empty()) continue;
    diagnostics.Error(file, block.label_spans.front(),
                      fmt::format("Extraneous label for {}", block.type),
                      fmt::format("No labels are expected for {} blocks.", block.type));
  }
  for (const SectionAttribute& attribute : section.attributes) {
    if (Contains(schema.attributes, attribute.name)) continue;
    diagnostics.Error(
        file, attribute.name_span, "Unsupported argument",
        Contains(schema.blocks, attribute.name)
            ? fmt::format("\"{0}\" is a block here: write {0} {{ ... }} without an equals sign.",
                          attribute.name)
            : fmt::format("An argument named \"{}\" is not expected here; these are: {}.",
                          attribute.name, ListOf(schema.attributes)));
  }
  for (const Section& block : section.blocks) {
    if (Contains(schema.blocks, block.type)) continue;
    diagnostics.Error(
        file, block.type_span, "Unsupported block type",
        Contains(schema.attributes, block.type)
            ? fmt::format("\"{0}\" is an argument here: write {0} = ... with an equals sign.",
                          block.type)
            : fmt::format("Blocks of type \"{}\" are not expected here.", block.type));
  }
}

void CheckAttributesOnly(const Section& section, const hcl::SourcePtr& file,
                         hcl::Diagnostics& diagnostics) {
  if (section.blocks.empty()) return;
  const Section& block = section.blocks.front();
  diagnostics.Error(file, block.type_span, fmt::format("Unexpected \"{}\" block", block.type),
                    "Blocks are not allowed here.");
}

Section SectionOf(const hcl::Body& body, const hcl::SourcePtr& file) {
  Section section;
  for (const hcl::BodyItem& item : body.items) {
    if (item.block != nullptr) {
      section.blocks.push_back(SectionOf(*item.block, file));
      continue;
    }
    section.attributes.push_back({std::string(item.attribute->name), item.attribute->name_span,
                                  ExprOf(*item.attribute->expr, file)});
  }
  return section;
}

Section SectionOf(const hcl::Block& block, const hcl::SourcePtr& file) {
  Section section = SectionOf(*block.body, file);
  section.type = block.type;
  section.type_span = block.type_span;
  section.header = block.HeaderSpan();
  section.missing = {block.open_span.begin, block.open_span.begin};
  for (const hcl::Label& label : block.labels) {
    section.labels.emplace_back(label.text);
    section.label_spans.push_back(label.span);
  }
  return section;
}

Section SectionOf(const hcl::JsonValue& body, const std::vector<std::string_view>& blocks,
                  const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics) {
  Section section;
  section.missing = {body.span.end - 1, body.span.end};
  std::set<std::string_view> seen;
  for (const hcl::JsonMember* member : JsonMembers(body, file, diagnostics)) {
    if (member->name == "//") continue;
    if (Contains(blocks, member->name)) {
      for (const JsonBlock& block : JsonBlocks(*member, 0, file, diagnostics)) {
        Section inner = SectionOf(*block.body, {}, file, diagnostics);
        inner.type = member->name;
        inner.type_span = member->name_span;
        inner.header = block.open;
        section.blocks.push_back(std::move(inner));
      }
      continue;
    }
    if (!seen.insert(member->name).second) {
      diagnostics.Error(file, member->name_span, "Duplicate argument",
                        fmt::format("The argument \"{}\" was already set.", member->name));
      continue;
    }
    section.attributes.push_back(
        {std::string(member->name), member->name_span, ExprOf(*member->value, file)});
  }
  return section;
}

}  // namespace nmgr::jobspec
