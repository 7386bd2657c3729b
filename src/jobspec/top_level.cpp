#include "jobspec/top_level.h"

#include <fmt/format.h>

namespace nmgr::jobspec {
namespace {

struct BlockRule {
  std::string_view type;
  std::size_t labels;
};
constexpr BlockRule kRules[] = {{"variables", 0}, {"variable", 1}, {"locals", 0}, {"job", 1}};

const BlockRule* RuleFor(std::string_view type) {
  for (const BlockRule& rule : kRules) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

void CheckLabels(const hcl::Block& block, const BlockRule& rule, const hcl::SourcePtr& file,
                 hcl::Diagnostics& diagnostics) {
  if (block.labels.size() > rule.labels) {
    diagnostics.Error(
        file, block.labels[rule.labels].span, fmt::format("Extraneous label for {}", rule.type),
        rule.labels == 0
            ? fmt::format("No labels are expected for {} blocks.", rule.type)
            : fmt::format("Only one label, the name, is expected for {} blocks.", rule.type));
  } else if (block.labels.size() < rule.labels) {
    diagnostics.Error(
        file, block.open_span, fmt::format("Missing name for {}", rule.type),
        fmt::format("All {0} blocks must have a label, the name: {0} \"name\" {{", rule.type));
  }
}

TopLevel ReadNative(const ParsedSpec& spec) {
  TopLevel top;
  for (const hcl::BodyItem& item : spec.body->root().items) {
    if (item.block == nullptr) continue;
    const BlockRule* rule = RuleFor(item.block->type);
    if (rule == nullptr || item.block->labels.size() != rule->labels) continue;
    if (rule->type == "job") {
      top.jobs.push_back(item.block);
    } else if (rule->type == "locals") {
      top.locals.push_back(SectionOf(*item.block, spec.source));
    } else {
      top.variables.push_back(SectionOf(*item.block, spec.source));
    }
  }
  return top;
}

Section JsonSection(const hcl::JsonMember& member, const JsonBlock& block,
                    const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics) {
  static const std::vector<std::string_view> kVariableBlocks = {"validation"};
  Section section = SectionOf(
      *block.body, member.name == "variable" ? kVariableBlocks : std::vector<std::string_view>(),
      file, diagnostics);
  section.type = member.name;
  section.type_span = member.name_span;
  section.header = block.open;
  section.labels = block.labels;
  section.label_spans = block.label_spans;
  return section;
}

TopLevel ReadJson(const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  TopLevel top;
  for (const hcl::JsonMember* member : JsonMembers(spec.json->root(), spec.source, diagnostics)) {
    const BlockRule* rule = RuleFor(member->name);
    if (rule == nullptr) continue;
    for (JsonBlock& block : JsonBlocks(*member, rule->labels, spec.source, diagnostics)) {
      if (rule->type == "job") {
        top.json_jobs.push_back(std::move(block));
        continue;
      }
      Section section = JsonSection(*member, block, spec.source, diagnostics);
      (rule->type == "locals" ? top.locals : top.variables).push_back(std::move(section));
    }
  }
  return top;
}

void CheckJson(const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  hcl::Diagnostics reported_by_reading;
  for (const hcl::JsonMember* member :
       JsonMembers(spec.json->root(), spec.source, reported_by_reading)) {
    if (member->name == "//" || RuleFor(member->name) != nullptr) continue;
    diagnostics.Error(
        spec.source, member->name_span, "Extraneous JSON object property",
        fmt::format("\"{}\" is not expected here: at the top level of a spec stand only "
                    "variable, variables, locals and job.",
                    member->name));
  }
}

void CheckNative(const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  const std::span<const hcl::BodyItem> items = spec.body->root().items;
  for (const hcl::BodyItem& item : items) {
    if (item.block == nullptr) continue;
    const BlockRule* rule = RuleFor(item.block->type);
    if (rule != nullptr) CheckLabels(*item.block, *rule, spec.source, diagnostics);
  }
  for (const hcl::BodyItem& item : items) {
    if (item.attribute == nullptr) continue;
    diagnostics.Error(
        spec.source, item.attribute->name_span, "Unsupported argument",
        fmt::format("An argument named \"{}\" is not expected here: at the top level of a "
                    "spec stand only variable, variables, locals and job blocks.",
                    item.attribute->name));
  }
  for (const hcl::BodyItem& item : items) {
    if (item.block == nullptr || RuleFor(item.block->type) != nullptr) continue;
    diagnostics.Error(
        spec.source, item.block->type_span, "Unsupported block type",
        fmt::format("Blocks of type \"{}\" are not expected here: at the top level of a "
                    "spec stand only variable, variables, locals and job blocks.",
                    item.block->type));
  }
}

}  // namespace

TopLevel ReadTopLevel(const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  return spec.json == nullptr ? ReadNative(spec) : ReadJson(spec, diagnostics);
}

void CheckTopLevel(const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  if (spec.json == nullptr) {
    CheckNative(spec, diagnostics);
  } else {
    CheckJson(spec, diagnostics);
  }
}

}  // namespace nmgr::jobspec
